"""Telephones and e-mail addresses as people write them, read into one normal form each."""
