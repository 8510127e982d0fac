"""The snapshot: appeals, rounds, dispatches and reversals as of a cut-off, as SQL (Rules 4)."""
