"""Imports of another system's appeals: files, mappings, checks, runs (Rules 6)."""
