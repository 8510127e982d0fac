"""One city and one log for all fault tests: what was acknowledged once must stay there."""

from collections.abc import Iterator

import pytest

from tests.faults import harness
from tests.faults.harness import City
from tests.faults.verdict import ClientLog


@pytest.fixture(scope="session")
def city() -> Iterator[City]:
    """Give the running city of two machines."""
    with harness.running() as city:
        yield city


@pytest.fixture(scope="session")
def log() -> ClientLog:
    """Give the log of all clients."""
    return ClientLog()
