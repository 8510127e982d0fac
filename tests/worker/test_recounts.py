"""Recounts that administrators ask for: one at a time, whatever happens to the worker."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.database import make_engine, make_session_factory
from appeals.domain.calendar import Period, city_day
from appeals.domain.people import SYSTEM, Actor
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.models.report import DirtyMonth, RecountRequest, Report
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import draft_review, editions, recounts
from appeals.reporting.editions.recounts import MAX_TRIES, RECOUNT_STEPS, WORKER_STOPPED
from appeals.reporting.findings import report_findings
from appeals.settings import Settings
from tests.cast import SECRET, SUN, settle, shanghai
from tests.conftest import beside, create, drop
from tests.factories import appeal_in
from worker import recounts as worker_recounts
from worker.recounts import carry_out_recounts

ROOT = Path(__file__).parents[2]
SECONDS = 60
MARCH, APRIL = Period.month("2026-03"), Period.month("2026-04")
HANGING_WORKER = """
import time
from appeals.reporting.findings import report_findings
report_findings.record_findings = lambda act, draft: time.sleep(600)
from worker.app import load_settings, open_sessions
from worker.recounts import carry_out_recounts
carry_out_recounts(open_sessions(), load_settings())
"""


@dataclass(frozen=True)
class Office:
    """A database of the module's own with one appeal of March, and its administrators."""

    sessions: sessionmaker[Session]
    settings: Settings

    def act(self, session: Session, actor: Actor = SUN) -> Act:
        """Return an act of now."""
        return Act(session, actor, datetime.now(UTC), SECRET)

    def ask(self, period: Period = MARCH, cut_off: datetime | None = None) -> None:
        """Ask for a recount."""
        with self.sessions.begin() as session:
            recounts.ask_recount(self.act(session), period, cut_off)

    def work(self) -> int:
        """Do what a tick of the worker does."""
        return carry_out_recounts(self.sessions, self.settings)

    def requests(self) -> list[RecountRequest]:
        """Return all requests, in order."""
        with self.sessions() as session:
            return list(session.scalars(sa.select(RecountRequest).order_by(RecountRequest.id)))

    def draft(self, period: Period = MARCH) -> Report | None:
        """Return the draft of a period."""
        with self.sessions() as session:
            return monthly_drafts.find_draft(self.act(session), period)


@pytest.fixture(scope="module")
def own_office(settings: Settings) -> Iterator[Office]:
    ours = str(sa.make_url(settings.database_url).database)
    create(settings.database_url, f"{ours}_recounts", ours.rsplit("_", 1)[0])
    url = beside(settings.database_url, f"{ours}_recounts")
    engine = make_engine(url)
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        settle(session)
        appeal_in(Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET), State.CLOSED, 2)
    yield Office(sessions, settings.model_copy(update={"database_url": url, "secret_key": SECRET}))
    engine.dispose()
    drop(settings.database_url, f"{ours}_recounts")


@pytest.fixture
def office(own_office: Office) -> Office:
    with own_office.sessions.begin() as session:
        for table in (RecountRequest, Report, DirtyMonth):
            session.execute(sa.delete(table))
    return own_office


def test_a_recount_makes_a_draft_with_its_findings(office: Office) -> None:
    cut_off = shanghai("2026-04-08 00:00")
    office.ask(cut_off=cut_off)
    assert office.draft() is None, "nothing is counted when it is asked for"
    assert office.work() == 1
    draft = office.draft()
    assert draft is not None
    assert (draft.cut_off, draft.held) == (cut_off, True)
    assert draft.findings is not None
    (request,) = office.requests()
    assert (request.asked_by, request.tries, request.problem) == (SUN.staff_id, 1, None)
    assert request.finished_at is not None
    assert office.work() == 0


def test_the_steps_of_a_recount_are_seen_while_it_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[int]()
    note = recounts.note_recount_step

    def look(act: Act, request: RecountRequest, done: int) -> None:
        note(act, request, done)
        act.session.commit()
        seen.append(office.requests()[0].step)

    monkeypatch.setattr(recounts, "note_recount_step", look)
    office.ask()
    office.work()
    assert seen == [*range(RECOUNT_STEPS)]


def test_of_two_administrators_at_once_one_is_told_that_it_is_being_counted(
    office: Office,
) -> None:
    start = Barrier(2)

    def ask(_: int) -> str:
        with office.sessions.begin() as session:
            start.wait(SECONDS)
            try:
                recounts.ask_recount(office.act(session), MARCH)
            except Refused as refused:
                return str(refused)
            time.sleep(0.3)  # the other one asks before this is committed
            return ""

    with ThreadPoolExecutor(2) as people:
        said = sorted(people.map(ask, range(2)))
    assert said[0] == ""
    assert said[1].startswith("This period is being counted already: ")
    assert len(office.requests()) == 1
    office.ask(APRIL)
    assert office.work() == 2
    office.ask()
    assert len(office.requests()) == 3


def test_a_recount_outlives_the_worker_that_carried_it_out(office: Office) -> None:
    office.ask()
    with subprocess.Popen(
        [sys.executable, "-c", HANGING_WORKER], env=office.settings.for_children(), cwd=ROOT
    ) as worker:
        last = time.monotonic() + SECONDS
        while office.requests()[0].step != RECOUNT_STEPS - 1:
            assert time.monotonic() < last
            time.sleep(0.1)
        assert office.work() == 0, "one worker counts at a time"
        worker.send_signal(signal.SIGKILL)
    assert office.draft() is None
    assert office.work() == 1
    (request,) = office.requests()
    assert (request.tries, request.problem) == (2, None)
    assert office.draft() is not None


def test_a_request_is_not_lost_where_the_one_before_finishes_at_that_moment(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask()
    cut_off = shanghai("2026-04-08 00:00")

    def finish(act: Act, period: Period) -> None:
        assert (act.actor, period) == (SUN, MARCH)
        with office.sessions.begin() as session:
            session.execute(sa.update(RecountRequest).values(finished_at=datetime.now(UTC)))

    monkeypatch.setattr(recounts, "check_not_running", finish)
    office.ask(cut_off=cut_off)
    rows = [(row.cut_off, row.finished_at is None) for row in office.requests()]
    assert rows == [(None, False), (cut_off, True)]


def test_no_recount_begins_after_the_tick_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_recounts, "TICK_SECONDS", 0)
    office.ask()
    office.ask(APRIL)
    assert [office.work() for _ in range(3)] == [1, 1, 0]
    assert [row.problem for row in office.requests()] == [None, None]


def test_a_recount_that_no_worker_finishes_has_failed(office: Office) -> None:
    office.ask()
    for _ in range(MAX_TRIES):
        with office.sessions.begin() as session:
            assert recounts.begin_next_recount(office.act(session, SYSTEM)) is not None
    office.ask(APRIL)
    assert office.work() == 1, "the next one has its turn"
    assert [row.problem for row in office.requests()] == [WORKER_STOPPED, None]
    office.ask()
    assert office.work() == 1
    assert office.requests()[-1].problem is None


def test_a_failed_recount_leaves_the_draft_and_can_be_asked_for_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.ask()
    office.work()
    before = office.draft()
    assert before is not None

    def fail(act: Act, draft: Report) -> None:
        raise ValueError(f"{act.now} {draft.id}: 王女士的电话")

    with monkeypatch.context() as broken:
        broken.setattr(report_findings, "record_findings", fail)
        office.ask()
        assert office.work() == 1
    failed = office.requests()[-1]
    assert failed.finished_at is not None
    assert str(failed.problem).startswith("ValueError (test_recounts.py:"), "no data, but the place"
    after = office.draft()
    assert after is not None
    assert after.id == before.id
    office.ask()
    office.work()
    assert office.requests()[-1].problem is None


def test_nobody_reviews_or_publishes_while_it_is_counted_again(office: Office) -> None:
    office.ask()
    office.work()
    draft = office.draft()
    assert draft is not None
    office.ask()
    with office.sessions() as session:
        act = office.act(session)
        with pytest.raises(Refused, match="being counted already"):
            draft_review.review_draft(act, MARCH, draft.id)
        session.rollback()
        with pytest.raises(Refused, match="being counted already"):
            editions.publish_edition(act, MARCH)
    office.work()
    fresh = office.draft()
    assert fresh is not None
    with office.sessions() as session:  # not committed: an edition would stay for the others
        draft_review.review_draft(office.act(session), MARCH, fresh.id)
        assert editions.publish_edition(office.act(session), MARCH).edition == 1


def test_a_refresh_leaves_the_draft_that_a_person_is_just_compiling(office: Office) -> None:
    with office.sessions.begin() as session:
        session.add(DirtyMonth(month=city_day(MARCH.start), marked_at=datetime.now(UTC)))

    def refresh() -> Report | None:
        with office.sessions.begin() as session:
            return monthly_drafts.recompile_month(
                office.act(session, SYSTEM), city_day(MARCH.start)
            )

    with ThreadPoolExecutor(1) as worker, office.sessions.begin() as session:
        cut_off = shanghai("2026-04-08 00:00")
        monthly_drafts.compile_draft(office.act(session), MARCH, cut_off)
        assert worker.submit(refresh).result(SECONDS) is None, "it does not wait for the recount"
        session.commit()
    with office.sessions() as session:
        assert monthly_drafts.list_dirty_months(office.act(session)) == [city_day(MARCH.start)]
    assert refresh() is None, "the draft is held"
    draft = office.draft()
    assert draft is not None
    assert draft.cut_off == cut_off
