"""What the pages of every audience share."""
