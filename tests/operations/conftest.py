"""A system to back up, and one to restore into."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.casework.accounts import staff_accounts
from appeals.cli.acts import open_act
from appeals.domain.calendar import Period
from appeals.domain.states import State
from appeals.models.staff import StaffMember
from appeals.operations.backup.backup import back_up
from appeals.operations.city_preparation import prepare_city
from appeals.reporting.counting import monthly_drafts
from appeals.settings import Settings
from tests.cast import SUN, settle
from tests.factories import appeal_in
from tests.operations.restored import PHOTO, silent, then
from tests.own_city import OwnCity, copied_city, own_city
from tests.published import publish_draft


@pytest.fixture(scope="session")
def original(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCity]:
    """Make once what every `source` is a copy of."""
    with own_city(settings, "backup_original", tmp_path_factory.mktemp("original")) as city:
        with open_act(city.settings) as act:
            settle(act.session)
            appeal_in(then(act), State.CLOSED)
            month = Period.month("2026-03")
            monthly_drafts.compile_draft(act, month)
            publish_draft(act, month)
            staff_accounts.begin_session(act, act.session.get_one(StaffMember, SUN.staff_id))
            act.session.commit()
        (city.settings.files_dir / "ab").mkdir(parents=True)
        (city.settings.files_dir / "ab" / "photo").write_bytes(PHOTO)
        yield city


@pytest.fixture(scope="session")
def prepared(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCity]:
    """Make once what every `target` is a copy of."""
    with own_city(settings, "backup_prepared", tmp_path_factory.mktemp("prepared")) as city:
        prepare_city(city.settings)
        yield city


@pytest.fixture
def source(settings: Settings, original: OwnCity, tmp_path: Path) -> Iterator[OwnCity]:
    """Give a system with a closed appeal, a published edition, a session and a file."""
    folder = tmp_path / "from"
    shutil.copytree(original.settings.data_dir, folder)
    with copied_city(settings, *names_of_copy(original, "from"), folder) as city:
        yield city


@pytest.fixture
def target(settings: Settings, prepared: OwnCity, tmp_path: Path) -> Iterator[OwnCity]:
    """Give an installation in which `prepare` ran and nobody works yet."""
    with copied_city(settings, *names_of_copy(prepared, "to"), tmp_path / "to") as city:
        yield city


def names_of_copy(city: OwnCity, suffix: str) -> tuple[str, str]:
    """Give a name for a copy of the city's database, and the database's own."""
    name = str(sa.make_url(city.settings.database_url).database)
    return f"{name}_{suffix}", name


@pytest.fixture
def archive(source: OwnCity, tmp_path: Path) -> Path:
    path = tmp_path / "archive.tar"
    back_up(source.settings, path, silent)
    return path
