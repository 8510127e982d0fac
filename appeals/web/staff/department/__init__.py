"""Pages that only a department's staff use."""
