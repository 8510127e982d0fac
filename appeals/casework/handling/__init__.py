"""Handling one appeal: filing, moves, notices, deadlines."""
