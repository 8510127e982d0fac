"""What is asked: read only."""
