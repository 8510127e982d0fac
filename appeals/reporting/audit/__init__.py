"""Tables printed elsewhere: what their figures can be."""
