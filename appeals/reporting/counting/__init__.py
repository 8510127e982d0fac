"""Counting measures: the draft of a month, its provisional figures, the cases behind a figure."""
