"""Queries of the administrators' pages; they change nothing."""
