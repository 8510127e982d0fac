"""Tables of figures printed elsewhere: read, and checked for what does not add up."""
