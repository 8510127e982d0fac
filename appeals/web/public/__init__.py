"""The published reports, for everybody."""
