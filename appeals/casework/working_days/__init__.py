"""The city's working days: a year's notice taken over, single days set by an administrator."""
