"""The website: one package an audience; the edge that commits one transaction a request."""
