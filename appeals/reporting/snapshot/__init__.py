"""The snapshot: appeals, rounds, dispatches and what was done as of a cut-off, as SQL (Rules 4)."""
