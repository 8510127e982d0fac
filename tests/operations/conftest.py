"""A system to back up, and one to restore into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals import demo
from appeals.casework import staff
from appeals.cli.working import act_of
from appeals.domain.calendar import Period
from appeals.domain.states import State
from appeals.models.staff import StaffMember
from appeals.operations.backup import back_up
from appeals.reporting import monthly
from appeals.settings import Settings
from tests.cast import SUN, settle
from tests.factories import appeal_in
from tests.operations.restored import PHOTO, silent, then
from tests.own_city import OwnCity, own_city
from tests.published import publish_draft


@pytest.fixture
def source(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a system with a closed appeal, a published edition, a session and a file."""
    with own_city(settings, "backup_from", tmp_path / "from") as city:
        with act_of(city.settings) as act:
            settle(act.session)
            appeal_in(then(act), State.CLOSED)
            month = Period.month("2026-03")
            monthly.compile(act, month)
            publish_draft(act, month)
            staff.begin_session(act, act.session.get_one(StaffMember, SUN.staff_id))
            act.session.commit()
        (city.settings.files_dir / "ab").mkdir(parents=True)
        (city.settings.files_dir / "ab" / "photo").write_bytes(PHOTO)
        yield city


@pytest.fixture
def target(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    """Give an installation in which `prepare` ran and nobody works yet."""
    with own_city(settings, "backup_to", tmp_path / "to") as city:
        demo.prepare(city.settings, with_demo=False)
        yield city


@pytest.fixture
def archive(source: OwnCity, tmp_path: Path) -> Path:
    path = tmp_path / "archive.tar"
    back_up(source.settings, path, silent)
    return path
