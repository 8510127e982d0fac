"""Records of what staff do: the change log and the access log."""
