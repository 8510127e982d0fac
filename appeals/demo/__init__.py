"""Cities made up: the demo city with its staff, and a simulated year."""
