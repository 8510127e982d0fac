"""Handling one appeal: what is filed with it and done to it."""
