"""The daily and the weekly brief: a few measures of the reports, counted once and mailed."""
