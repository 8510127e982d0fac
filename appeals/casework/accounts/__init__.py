"""Accounts of staff: what administrators change on them, and what takes two people."""
