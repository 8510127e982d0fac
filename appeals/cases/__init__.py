"""An appeal between its rows and the rules: who may see it, its rows as a value, its hash chain."""
