"""Exponential backoff between retries."""

from datetime import timedelta

MAX_DOUBLINGS = 20
"""More than any `longest` in use needs, and few enough not to overflow a `timedelta`."""


def backoff_delay(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return the wait after `tries` failures, at least 1: `first`, doubled up to `longest`."""
    return min(first * (1 << min(tries - 1, MAX_DOUBLINGS)), longest)
