"""The administrators' pages: the city's rows, requests, logs, erasures."""
