"""A report's figures as tables: cells and columns, comparisons and their basis, ranking."""
