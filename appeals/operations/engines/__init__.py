"""The embedded engines: PostgreSQL and Valkey of a machine that has none."""
