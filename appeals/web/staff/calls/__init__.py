"""Calls to citizens: the first contact, the follow-up, and the number shown by a recorded press."""
