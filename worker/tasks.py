"""Thin tasks, each harmless when run twice, at once, or by hand."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog

from appeals.act import Act
from appeals.casework import attachments, deadlines, drafts
from appeals.domain.calendar import month_of
from appeals.models.report import DirtyMonth
from appeals.models.staff import Attempt, StaffSession
from appeals.reporting import monthly
from worker import delivery, edition_files
from worker.app import act, app, once, recorded, sessions, settings, until_empty

log = structlog.get_logger()

ATTEMPTS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=1)
JUMP = timedelta(minutes=10)
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that nobody sets and that counts on while the machine sleeps."""


class ClockJumped(Exception):  # noqa: N818 - it says what happened
    """The database's time moved otherwise than time itself; the sweep waits for an operator."""


@dataclass(frozen=True)
class Sighting:
    """What the database's clock and the machine's own counter said at one moment."""

    told: datetime
    counted: float

    def check(self, now: datetime, counted: float) -> None:
        """Raise ClockJumped if the two went more than ten minutes apart since (Reliability 1)."""
        apart = (now - self.told) - timedelta(seconds=counted - self.counted)
        if abs(apart) > JUMP:
            raise ClockJumped(f"The database's clock moved by {apart}.")


_first: list[Sighting] = []


@app.task(name="deliver")
def deliver() -> None:
    """Send the notices that are due."""
    recorded("deliver", lambda: delivery.deliver(sessions(), settings()))


@app.task(name="sweep")
def sweep() -> None:
    """Warn, mark and escalate what is late; not while the clock is in doubt."""
    check_clock()
    recorded("sweep", lambda: until_empty(deadlines.sweep))


@app.task(name="compile")
def compile_months() -> None:
    """Recount the months that changed."""
    recorded("compile", lambda: once(refresh))


@app.task(name="edition_files")
def make_edition_files() -> None:
    """Make the files of published editions that are missing."""
    recorded("edition_files", lambda: edition_files.make_due(sessions(), settings()))


@app.task(name="tidy")
def tidy() -> None:
    """Delete what only guards against guessing or was never sent; let this month be recounted."""
    recorded("tidy", lambda: once(lambda one: tidy_up(one, settings().files_dir)))


def refresh(one: Act) -> int:
    """Recount the dirty months; give how many."""
    return len(monthly.refresh(one))


def tidy_up(one: Act, files: Path) -> int:
    """Delete old tries, ended sessions and what was never sent; give how much went."""
    old_session = one.now - SESSIONS_KEPT
    gone = [
        sa.delete(Attempt).where(Attempt.at < one.now - ATTEMPTS_KEPT),
        sa.delete(StaffSession).where(
            sa.or_(StaffSession.ended_at < old_session, StaffSession.seen_at < old_session)
        ),
    ]
    rows = [one.session.execute(statement.returning(sa.literal(1))).all() for statement in gone]
    one.session.add(DirtyMonth(month=month_of(one.now), marked_at=one.now))
    unsent = drafts.tidy(one) + attachments.tidy(one, files)
    return unsent + sum(map(len, rows))


def check_clock() -> None:
    """Compare the database's clock with the machine's counter since this process's first sweep."""
    with act() as one:
        now, counted = one.now, time.clock_gettime(CLOCK)
    if not _first:
        _first.append(Sighting(now, counted))
    _first[0].check(now, counted)
