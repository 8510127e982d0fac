"""What is written down about people's doings: the change log and the access log."""
