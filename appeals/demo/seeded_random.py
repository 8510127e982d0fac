"""The random generators of made-up cities: the same seed gives the same city."""

from random import Random


def make_random(seed: object) -> Random:
    """Return a generator for a seed; no secret depends on it."""
    return Random(str(seed))  # noqa: S311 - made-up cities have no secrets
