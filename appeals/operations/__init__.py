"""Running an installation: embedded engines, supervision of processes, backup and restore."""
