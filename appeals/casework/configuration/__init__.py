"""What administrators change: planned, checked, shown, then written and logged."""
