"""Editions: review and publication of a draft, verification, and what the public reads."""
