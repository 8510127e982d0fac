"""What is shown: the pages, and the edge that commits one transaction per request."""
