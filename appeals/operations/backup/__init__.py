"""Backup and restore: one archive, written and read."""
