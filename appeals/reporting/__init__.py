"""Reports: measures counted from a snapshot as of a cut-off, never from the state (Rules 4, 5)."""
