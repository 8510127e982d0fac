"""The pages of those who work on appeals: the desk, the centre, live figures."""
