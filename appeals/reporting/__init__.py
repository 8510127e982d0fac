"""What is measured: it reads what happened as of a cut-off and touches no appeal (Rules 4, 5)."""
