"""Accounts of staff: passwords, sessions, the second factor, rate limits, two-person requests."""
