"""Everything into one archive and back, counted and compared; never over what is there."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework import staff
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.cli.working import act_of
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from appeals.models.staff import StaffMember, StaffSession
from appeals.operations import backup
from appeals.reporting import editions, monthly
from appeals.settings import Settings
from tests.cast import SECRET, SUN, settle, shanghai
from tests.factories import appeal_in
from tests.own_city import own_city
from tests.published import publish_draft


@pytest.fixture
def filled(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Give a system of its own with an appeal, a published edition and a file."""
    with own_city(settings, "backup_from", tmp_path / "from") as city:
        yield city.settings


@pytest.fixture
def empty(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    with own_city(settings, "backup_to", tmp_path / "to") as city:
        yield city.settings


def fill(settings: Settings) -> None:
    with act_of(settings) as act:
        settle(act.session)
        there = Act(act.session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
        appeal_in(there, State.CLOSED)
        month = Period.month("2026-03")
        monthly.compile(act, month)
        publish_draft(act, month)
        staff._new_session(act, act.session.get_one(StaffMember, SUN.staff_id))
        act.session.commit()
    (settings.files_dir / "ab").mkdir(parents=True)
    (settings.files_dir / "ab" / "photo").write_bytes(b"\x00photo")


def test_what_is_restored_is_what_was_backed_up(
    filled: Settings, empty: Settings, tmp_path: Path
) -> None:
    fill(filled)
    archive = tmp_path / "all"
    with act_of(filled, "REPEATABLE READ") as act:
        written = backup.back_up(act, filled.files_dir, archive)
    with act_of(empty) as act:
        assert backup.restore(act, empty.files_dir, archive) == written
        act.session.commit()
        assert backup.is_same_secret(act, written)
        assert [each.problems for each in verify_all_appeals(act)] == [()]
        assert all(finding.holds for finding in editions.verify(act))
        assert None not in act.session.scalars(sa.select(StaffSession.ended_at)).all()
        act.session.rollback()
        settled = Act(act.session, SYSTEM, shanghai("2026-03-03 09:00"), SECRET)
        appeal_in(settled, State.FILED)  # the sequences go on where they stood
        act.session.commit()
    assert (empty.files_dir / "ab" / "photo").read_bytes() == b"\x00photo"
    kept = empty.files_dir / "ab" / "photo"
    assert archive.stat().st_mode & 0o077 == kept.stat().st_mode & 0o077 == 0


def test_a_database_that_is_not_empty_is_left_alone(filled: Settings, tmp_path: Path) -> None:
    fill(filled)
    archive = tmp_path / "all"
    with act_of(filled, "REPEATABLE READ") as act:
        backup.back_up(act, filled.files_dir, archive)
    with act_of(filled) as act, pytest.raises(Refused, match="not empty"):
        backup.restore(act, filled.files_dir, archive)


def test_a_damaged_archive_is_refused_and_nothing_stays(
    filled: Settings, empty: Settings, tmp_path: Path
) -> None:
    fill(filled)
    archive, damaged = tmp_path / "all", tmp_path / "damaged"
    with act_of(filled, "REPEATABLE READ") as act:
        backup.back_up(act, filled.files_dir, archive)
    text = gzip.decompress(archive.read_bytes())
    damaged.write_bytes(gzip.compress(text.replace("夜间".encode(), "白天".encode())))
    with act_of(empty) as act:
        with pytest.raises(Refused, match="table statement is not what the archive says"):
            backup.restore(act, empty.files_dir, damaged)
        act.session.rollback()
        assert act.session.scalars(sa.select(Appeal)).all() == []
    (tmp_path / "no archive").write_text("?")
    with act_of(empty) as act, pytest.raises(Refused, match="broken"):
        backup.restore(act, empty.files_dir, tmp_path / "no archive")
