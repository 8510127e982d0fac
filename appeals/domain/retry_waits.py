"""Exponential backoff between tries."""

from datetime import timedelta

MAX_DOUBLINGS = 20
"""Beyond any longest wait in use; more would end in an overflow of `timedelta`."""


def backoff_delay(tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return the wait after so many tries, one or more: `first` doubled, to `longest`."""
    return min(first * (1 << min(tries - 1, MAX_DOUBLINGS)), longest)
