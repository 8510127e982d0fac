"""Signing in, and what members of staff change on their own account."""
