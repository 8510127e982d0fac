"""Made-up cities: the demo city with its staff, and a simulated year."""
