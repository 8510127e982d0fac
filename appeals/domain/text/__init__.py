"""Text: what people type, cleaned and folded; how days and moments read."""
