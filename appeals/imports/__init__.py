"""Appeals of another system: its file read, its rows mapped, checked and brought in (Rules 6)."""
