"""Text input: cleaned before it is stored, folded before it is compared."""
