"""The content of a report: its chapters, its overview, its trend."""
