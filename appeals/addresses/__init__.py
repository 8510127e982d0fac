"""Parsing of telephones and e-mail addresses into a normal form."""
