"""Measures: their shapes, the conditions they are made of, and the one catalogue of them."""
