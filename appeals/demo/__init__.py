"""Sample data: the demo city with its staff, and a simulated year."""
