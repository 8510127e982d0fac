"""Access to appeals, their rows as a `Case`, contacts, and the hash chain."""
