"""Running an installation: engines, supervision of processes, backup and restore, health."""
