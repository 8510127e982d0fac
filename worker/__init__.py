"""What repeats: notices delivered, promises swept, months compiled, old rows tidied away."""
