"""The measures: what each counts, its conditions, and the one catalogue of them."""
