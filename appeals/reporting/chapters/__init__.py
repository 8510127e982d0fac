"""What a report shows: its chapters, its overview, its trend."""
