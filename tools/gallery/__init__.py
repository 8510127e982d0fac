"""Pictures of every page and state, made by the running demo city: `make gallery`."""
