"""Acts of the cast on the small city of `tests.cast`."""

import pytest
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.people import SYSTEM
from tests.cast import SECRET, settle, shanghai


@pytest.fixture
def act(session: Session) -> Act:
    """Give an act on Monday 2026-03-02 09:00 in the settled city."""
    settle(session)
    return Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
