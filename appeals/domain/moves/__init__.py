"""What a move needs, what it refuses, and what it writes on the case."""
