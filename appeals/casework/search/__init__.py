"""The index by which staff find appeals."""
