"""What the tests of backup and restore look for in a system that was restored."""

from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.cli.working import act_of
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.models.staff import StaffSession
from appeals.reporting.editions import editions
from tests.cast import SECRET, shanghai
from tests.factories import appeal_in
from tests.own_city import OwnCity

PHOTO = b"\x00photo"
FORMAT_1 = Path(__file__).parent / "archives" / "format-1.tar.gz"
"""Three made-up appeals and a published month, written by `appeals backup` of release 0.1."""


def then(act: Act) -> Act:
    return Act(act.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)


def silent(_what: str) -> None:
    """Tell nobody how far the work is."""


def holds(city: OwnCity) -> None:
    """See that a restored system is whole and works on."""
    with act_of(city.settings) as act:
        assert {each.problems for each in verify_all_appeals(act)} == {()}
        assert all(finding.holds for finding in editions.verify_editions(act))
        assert None not in act.session.scalars(sa.select(StaffSession.ended_at)).all()
        act.session.rollback()
        appeal_in(then(act), State.FILED, 77)  # the sequences go on where they stood
        act.session.commit()
    assert (city.settings.files_dir / "ab" / "photo").read_bytes() == PHOTO
    assert (city.settings.files_dir / "ab" / "photo").stat().st_mode & 0o077 == 0
