"""How citizens find their appeals again: the list on their device, their telephone."""
