"""The administrators' reports and the cases behind their figures."""
