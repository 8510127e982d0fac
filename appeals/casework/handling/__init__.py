"""Handling one appeal: its filing, its moves, its notices, its deadlines."""
