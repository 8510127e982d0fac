"""While the clock is in doubt nothing is marked or deleted; a new process knows of it too."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling import drafts
from appeals.database import make_engine, make_session_factory
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.operations.database_clock import ClockReading
from appeals.settings import Settings
from tests.cast import SECRET, settle
from tests.conftest import beside, create, drop
from tests.factories import appeal_in
from tests.forked_commands import run_program
from tests.own_city import OwnCity
from tests.worker import shifted_database

DAY = timedelta(days=1)
NOTHING = timedelta()
TASKS = ("sweep_deadlines", "compile_months", "clean_up")


@dataclass(frozen=True)
class ClockedCity(OwnCity):
    """A system whose database goes by the tests' clock, with one appeal in hand and one draft."""

    def shift(self, by: timedelta) -> None:
        """Set the database's clock so far ahead or back."""
        shifted_database.shift(self.settings.database_url, by)

    def task(self, name: str, module: str = "tasks") -> str:
        """Do a task in a process of its own, as a recycled child does; give its last words."""
        job = f"from worker import {module}; {module}.{name}()"
        done = run_program(job, self.settings.for_children())
        return "" if done.returncode == 0 else done.stderr.splitlines()[-1]

    def late(self) -> int:
        """Give how many promises are marked as broken."""
        return self.ask("SELECT count(breached_at) FROM deadline")[0]

    def unsent(self) -> int:
        """Give how many drafts of citizens wait to be sent."""
        return self.ask("SELECT count(*) FROM draft")[0]


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[ClockedCity]:
    template = str(sa.make_url(settings.database_url).database).rsplit("_", 1)[0]
    name = f"{sa.make_url(settings.database_url).database}_clock"
    create(settings.database_url, name, template)
    url = beside(settings.database_url, name)
    shifted_database.install(url)
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        settle(session)
        act = Act(session, SYSTEM, datetime.now(UTC) - timedelta(hours=9), SECRET)
        appeal_in(act, State.IN_HAND)
        drafts.save_draft(act, "a form", {"subject": "未提交"})
    engine.dispose()
    yield ClockedCity(
        settings.model_copy(
            update={"database_url": url, "data_dir": tmp_path, "secret_key": SECRET}
        )
    )
    drop(settings.database_url, name)


def test_a_clock_a_month_ahead_marks_and_deletes_nothing_whichever_process_looks(
    city: ClockedCity,
) -> None:
    assert [city.task(name) for name in TASKS] == ["", "", ""]
    before = city.late()
    city.shift(30 * DAY)
    for name in TASKS:
        assert "ClockJumped: The database's clock moved by 30 days" in city.task(name)
    assert (city.late(), city.unsent()) == (before, 1)
    assert city.ask("SELECT count(jump) FROM clock_sighting") == (1,)
    city.shift(NOTHING)
    assert [city.task(name) for name in TASKS] == ["", "", ""]
    assert (city.late(), city.unsent()) == (before, 1)
    assert city.ask("SELECT count(jump) FROM clock_sighting") == (0,)


def test_a_clock_years_ahead_erases_nothing(city: ClockedCity) -> None:
    engine = make_engine(city.settings.database_url)
    with make_session_factory(engine).begin() as session:
        act = Act(session, SYSTEM, datetime.now(UTC) - timedelta(days=2), SECRET)
        appeal_in(act, State.CLOSED)
    engine.dispose()
    city.change("UPDATE retention SET years = 1")
    assert city.task("erase_at_night", "erasure") == ""
    city.shift(400 * DAY)
    told = city.task("erase_at_night", "erasure")
    by_hand = city.run("erase", "--by-rule")
    assert city.ask("SELECT count(*) FROM erasure") == (0,)
    assert by_hand.returncode == 1
    assert "The database's clock moved by 400 days" in by_hand.stderr
    assert "`appeals clock accept`" in by_hand.stderr
    assert "ClockJumped: The database's clock moved by 400 days" in told
    assert "taken for right" in city.command("clock", "accept")
    assert city.command("erase", "--by-rule") == "1 appeals erased"
    assert city.task("erase_at_night", "erasure") == ""
    assert city.ask("SELECT count(*) FROM erasure") == (1,)


def test_a_clock_a_month_ahead_seals_nothing(city: ClockedCity) -> None:
    """What a seal counts hangs on its moment, and the next one goes on from there."""
    city.task("sweep_deadlines")
    city.shift(30 * DAY)
    city.task("seal_if_due", "seals")
    assert city.ask("SELECT count(*) FROM seal") == (0,)
    assert city.ask("SELECT count(*) FROM failed_item WHERE task = 'seal'") == (1,)
    city.shift(NOTHING)
    city.task("seal_if_due", "seals")
    assert city.ask("SELECT count(*) FROM seal") == (1,)


def test_a_clock_that_is_right_now_is_accepted_by_an_operator(city: ClockedCity) -> None:
    city.task("sweep_deadlines")
    before = city.late()
    city.shift(30 * DAY)
    assert "ClockJumped" in city.task("sweep_deadlines")
    told = city.command("clock", "accept")
    assert "taken for right" in told
    assert "Forgotten: what the clocks of 1 machine(s)" in told
    assert city.task("sweep_deadlines") == ""
    assert city.late() > before


def test_a_clock_that_went_back_is_noticed_by_a_machine_started_since(city: ClockedCity) -> None:
    city.task("sweep_deadlines")
    city.change("UPDATE clock_sighting SET boot_id = 'before'")
    city.shift(-3 * DAY)
    assert "ClockJumped" in city.task("sweep_deadlines")
    assert city.ask("SELECT count(jump) FROM clock_sighting") == (1,)
    city.shift(NOTHING)
    assert city.task("sweep_deadlines") == ""
    assert city.ask("SELECT count(jump) FROM clock_sighting") == (0,)


def test_a_jump_that_ended_while_the_machine_started_anew_rings_no_more(
    city: ClockedCity,
) -> None:
    city.task("sweep_deadlines")
    city.shift(30 * DAY)
    assert "ClockJumped" in city.task("sweep_deadlines")
    city.change("UPDATE clock_sighting SET boot_id = 'before'")
    city.shift(NOTHING)
    assert city.task("sweep_deadlines") == ""
    assert city.ask("SELECT count(jump), count(*) FROM clock_sighting") == (0, 2)


def test_time_that_passes_for_both_clocks_is_no_jump() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    seen = ClockReading(now, 1000.0)
    assert seen.jump_until(ClockReading(now + 3 * DAY, 1000.0 + 3 * 86400)) is None
    assert seen.jump_until(ClockReading(now + 3 * DAY, 1060.0)) == 3 * DAY - timedelta(minutes=1)
    assert seen.jump_until(ClockReading(now - DAY, 1060.0)) == -DAY - timedelta(minutes=1)
