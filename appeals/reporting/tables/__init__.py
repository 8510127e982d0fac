"""A report's figures as tables: sections, cells, changes against the comparison basis, ranking."""
