"""Checks of tables of figures that others published: what does not add up."""
