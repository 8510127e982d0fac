"""Editions: the review of a draft, its publication, and what the public sees of it."""
