"""Counting measures: drafts of a month, provisional figures, the cases behind a figure."""
