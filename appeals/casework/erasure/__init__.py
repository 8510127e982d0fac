"""Erasing personal data: on request, and by the years of a kind."""
