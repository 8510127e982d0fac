"""Appeals, rounds and dispatches as they were at a cut-off (Rules 4)."""
