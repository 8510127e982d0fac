"""Messages to citizens: several joined to one, and the reminder to rate."""
