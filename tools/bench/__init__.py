"""Benchmarks: speed, statements and memory, measured on engines of the bench's own."""
