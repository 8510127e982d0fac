"""A city's system for citizens' appeals."""
