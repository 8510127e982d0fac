"""The embedded engines: PostgreSQL and Valkey for a machine without them."""
