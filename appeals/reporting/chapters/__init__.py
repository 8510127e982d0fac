"""The chapters of a report, its overview and its trend."""
