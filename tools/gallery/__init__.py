"""Screenshots of every page and state of the running demo city: `make gallery`."""
