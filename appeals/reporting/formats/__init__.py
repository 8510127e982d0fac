"""The forms in which an edition leaves the house, and the files that keep them."""
