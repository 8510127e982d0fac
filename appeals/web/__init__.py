"""The website: one package an audience; each request is one transaction."""
