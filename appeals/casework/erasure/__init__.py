"""Erasure of personal data, on request and by retention period."""
