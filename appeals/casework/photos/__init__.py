"""Photos: stored, decoded, filed with their move."""
