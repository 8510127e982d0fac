"""Integrity: appeals verified by replaying their history, seals, repair."""
