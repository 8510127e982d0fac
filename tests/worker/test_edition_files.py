"""The files of an edition: made once, by one maker, whole, whatever happens to it (Rules 5)."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.database import make_engine, make_session_factory
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.models.report import EditionFile
from appeals.reporting.formats import pdf
from appeals.reporting.formats.edition_files import FOLDER, FORMATS, LONGEST_WAIT
from appeals.settings import Settings
from tests.cast import SECRET, settle, shanghai
from tests.conftest import beside, create, drop
from tests.factories import appeal_in
from tests.published import published
from worker.edition_files import make_due_files
from worker.tasks import run_clean_up

ROOT = Path(__file__).parents[2]
SECONDS = 180
MARCH = Period.month("2026-03")
KINDS = sorted((form, each) for form, made in FORMATS.items() for each in made.languages)
TYPESET = {"pdf", "png"}
"""The files that need a font with Chinese letters."""
MAKER = """
from worker.app import load_settings, open_sessions
from worker.edition_files import make_due_files
make_due_files(open_sessions(), load_settings())
"""


@dataclass(frozen=True)
class Desk:
    """A database of the test's own with one edition, and an empty data folder."""

    sessions: sessionmaker[Session]
    settings: Settings

    def make(self) -> int:
        """Do what the worker's ticks do, until one makes nothing; return how many were made."""
        made = 0
        while done := make_due_files(self.sessions, self.settings):
            made += done
        return made

    def on_disk(self) -> dict[str, bytes]:
        """Return every file of the folder by its name."""
        folder = self.settings.data_dir / FOLDER
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def rows(self) -> list[EditionFile]:
        """Return the rows of the files, in order."""
        order = (EditionFile.form, EditionFile.language)
        with self.sessions() as session:
            return list(session.scalars(sa.select(EditionFile).order_by(*order)))

    def let_wait_pass(self) -> None:
        """Make every file due that waits for its next try."""
        with self.sessions.begin() as session:
            session.execute(sa.update(EditionFile).values(next_try_at=sa.func.now()))


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Iterator[Desk]:
    ours = str(sa.make_url(settings.database_url).database)
    create(settings.database_url, f"{ours}_files", ours.rsplit("_", 1)[0])
    url = beside(settings.database_url, f"{ours}_files")
    engine = make_engine(url)
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        settle(session)
        session.execute(sa.text("SELECT setval(pg_get_serial_sequence('staff_member', 'id'), 100)"))
        act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
        appeal_in(act, State.CLOSED, 2)
        published(act.at(MARCH.end), MARCH)
    yield Desk(
        sessions,
        settings.model_copy(
            update={"database_url": url, "data_dir": tmp_path, "secret_key": SECRET}
        ),
    )
    engine.dispose()
    drop(settings.database_url, f"{ours}_files")


def test_each_file_of_an_edition_is_made_once(desk: Desk) -> None:
    assert desk.make() == len(KINDS)
    assert [(row.form, row.language) for row in desk.rows()] == KINDS
    assert all(row.made_at is not None and row.tries == 1 for row in desk.rows())
    before = desk.on_disk()
    starts = {
        ".json": b"{",
        ".csv": b"\xef\xbb\xbfby,key",
        ".xlsx": b"PK",
        ".pdf": b"%PDF",
        ".png": b"\x89PNG",
    }
    assert len(before) == len(KINDS)
    assert all(data.startswith(starts[Path(name).suffix]) for name, data in before.items())
    assert desk.make() == 0
    assert desk.on_disk() == before


def test_of_several_workers_one_makes_the_files(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as workers:
        made = list(workers.map(lambda _: desk.make(), range(4)))
    assert sum(made) + desk.make() == len(KINDS)
    assert {row.tries for row in desk.rows()} == {1}


def test_a_killed_maker_leaves_no_half_file_and_its_work_is_done_by_another(desk: Desk) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MAKER], env=desk.settings.for_children(), cwd=ROOT
    ) as maker:
        last = time.monotonic() + SECONDS
        while not any(row.form == "pdf" and row.tries for row in desk.rows()):
            assert time.monotonic() < last
            time.sleep(0.02)
        maker.send_signal(signal.SIGKILL)
    left = {row.form for row in desk.rows() if row.made_at is None}
    assert left == {"pdf"}
    desk.let_wait_pass()
    assert desk.make() == len(FORMATS["pdf"].languages)
    assert len(desk.on_disk()) == len(KINDS)


def test_a_file_that_cannot_be_made_does_not_keep_the_others_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as without_fonts:
        without_fonts.setattr(pdf, "FONT_FOLDERS", (tmp_path,))
        assert desk.make() == len([form for form, _ in KINDS if form not in TYPESET])
    failed = [row for row in desk.rows() if row.made_at is None]
    assert {row.form for row in failed} == TYPESET
    assert all("fonts-wqy-microhei" in str(row.problem) for row in failed)
    assert desk.make() == 0  # it waits for its next try
    desk.let_wait_pass()
    assert desk.make() == len(failed)
    assert {row.problem for row in desk.rows()} == {None}


def test_a_file_that_was_lost_is_made_again(desk: Desk) -> None:
    desk.make()
    before = desk.on_disk()
    lost = next(name for name in before if name.endswith(".csv"))
    (desk.settings.data_dir / FOLDER / lost).unlink()
    with desk.sessions.begin() as session:
        run_clean_up(
            Act(session, SYSTEM, datetime.now(UTC), SECRET),
            desk.settings.files_dir,
            desk.settings.data_dir,
        )
    assert desk.make() == 1
    assert desk.on_disk() == before


def test_a_file_that_failed_for_days_is_tried_every_hour_and_keeps_no_other_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.make()
    with desk.sessions.begin() as session:
        pdfs = sa.update(EditionFile).where(EditionFile.form == "pdf")
        session.execute(pdfs.values(made_at=None, tries=50, next_try_at=sa.func.now()))
        csv = sa.update(EditionFile).where(EditionFile.form == "csv", EditionFile.tries == 1)
        session.execute(csv.values(made_at=None, tries=50, next_try_at=sa.func.now()))
    monkeypatch.setattr(pdf, "FONT_FOLDERS", (tmp_path,))  # no Chinese font
    assert desk.make() == 1
    waits = [row.next_try_at - datetime.now(UTC) for row in desk.rows() if row.made_at is None]
    assert len(waits) == len(FORMATS["pdf"].languages)
    assert all(LONGEST_WAIT / 2 < wait <= LONGEST_WAIT for wait in waits)
