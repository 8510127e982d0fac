"""How citizens find their appeals again, on a device or by telephone, and let a helper see them."""
