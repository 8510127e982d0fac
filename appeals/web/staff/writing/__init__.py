"""What the forms of answers and notes have besides their fields."""
