"""The tasks: each is thin, and harmless when run twice, at once, or by hand."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts import held_forms, mail_links, unusual_access
from appeals.casework.accounts.unusual_access import AccessLimits
from appeals.casework.erasure import erasure
from appeals.casework.handling import citizen_sessions, deadline_sweep, drafts, telephone_columns
from appeals.casework.photos import attachments
from appeals.domain.calendar import month_of
from appeals.models.report import DirtyMonth
from appeals.models.staff import Attempt, StaffSession
from appeals.operations import database_clock
from appeals.operations.backup.erasure_list import write_erasure_list
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.formats.edition_files import request_lost_files
from worker import delivery, edition_files
from worker.app import act, app, note_success, once, recorded, sessions, settings, until_empty
from worker.set_aside import attempt_each

ATTEMPTS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=1)
TICK_SECONDS = 20
"""So long a tick works; the other tasks of a worker with one process wait no longer."""


@app.task(name="canary")
def canary(served: list[str]) -> None:
    """Note that a worker of these queues receives what is sent to it (`worker/watchdog.py`)."""
    with act() as one:
        for queue in served:
            note_success(one, f"canary.{queue}", 1, 0)


@app.task(name="deliver")
def deliver() -> None:
    """Send the notices that are due."""
    recorded("deliver", lambda: delivery.deliver(sessions(), settings()))


@app.task(name="sweep")
def sweep() -> None:
    """Warn, mark and escalate what is late; not while the clock is in doubt."""
    job = while_clock_holds(mark_late)
    recorded("sweep", lambda: until_empty(job))


@app.task(name="unusual_access")
def report_unusual_access() -> None:
    """Tell supervisors of unusual numbers of accesses; not while the clock is in doubt."""
    read = settings()
    limits = AccessLimits(read.unusual_cases, read.unusual_contacts, read.unusual_lookups)
    job = while_clock_holds(partial(unusual_access.report_unusual_access, limits=limits))
    recorded("unusual_access", lambda: once(job))


@app.task(name="compile")
def compile_months() -> None:
    """Recount the months that changed, each in a transaction of its own."""
    recorded("compile", refresh_months)


@app.task(name="edition_files")
def make_edition_files() -> None:
    """Make the files of published editions that are missing."""
    recorded("edition_files", lambda: edition_files.make_due(sessions(), settings()))


@app.task(name="tidy")
def tidy() -> None:
    """Delete what is of no use any more, list lost files, let this month be recounted."""
    job = while_clock_holds(partial(tidy_up, files=settings().files_dir, data=settings().data_dir))
    recorded("tidy", lambda: once(job))


@app.task(name="telephones")
def read_telephones() -> None:
    """Read the telephones of contacts that a release before wrote, until all are read."""
    recorded("telephones", lambda: for_a_while(telephone_columns.fill_telephone_columns))


def for_a_while(job: Callable[[Act], int]) -> int:
    """Repeat a job on batches, each in a transaction of its own, for one tick at most.

    Returns how much was done; a job that finds nothing ends it.
    """
    count, last = 0, time.monotonic() + TICK_SECONDS
    while time.monotonic() < last:
        done = once(job)
        if not done:
            break
        count += done
    return count


def while_clock_holds(job: Callable[[Act], int]) -> Callable[[Act], int]:
    """Give a job that is not done while the clock has jumped; it raises ClockJumped then."""
    with act() as one:
        sighting = database_clock.compare_clocks(one)

    def careful(one: Act) -> int:
        sighting.check(one)
        return job(one)

    return careful


def mark_late(one: Act) -> int:
    """Mark one batch of each kind of passing; give how many promises were looked at."""
    return deadline_sweep.sweep_deadlines(one, partial(attempt_each, one, deadline_sweep.TASK))


def refresh_months() -> int:
    """Recount the dirty months, each in a transaction of its own; give how many were tried."""
    with act() as one:
        months = monthly_drafts.list_dirty_months(one)
    return sum(once(while_clock_holds(partial(refresh_month, month=month))) for month in months)


def refresh_month(one: Act, month: date) -> int:
    """Recount one month, or set it aside."""
    job = partial(monthly_drafts.recompile_month, one, month)
    return attempt_each(one, "compile", {f"{month:%Y-%m}": job})


def tidy_up(one: Act, files: Path, data: Path) -> int:
    """Do the clean-up's steps; return how many rows and files they deleted or listed anew.

    Args:
        one: The transaction of all steps.
        files: The folder of attachments.
        data: The data folder, in which the files of editions are looked for.
    """
    gone = list[int]()
    steps: dict[str, Callable[[], int]] = {
        "attempts": partial(delete_attempts, one),
        "sessions": partial(delete_sessions, one),
        "citizens' sessions": partial(citizen_sessions.delete_ended_sessions, one),
        "erased files": partial(erasure.delete_erased_files, one, files),
        "list of erasures": partial(write_erasure_list, one, data),
        "mail links": partial(mail_links.delete_expired_links, one),
        "drafts": partial(drafts.delete_old_drafts, one),
        "held forms": partial(held_forms.delete_expired_forms, one),
        "photos": partial(attachments.delete_unfiled_photos, one, files),
        "month": partial(mark_this_month, one),
        "set aside": partial(deadline_sweep.delete_settled_failures, one),
        "edition files": partial(request_lost_files, one, data),
    }
    for name, step in steps.items():
        attempt_each(one, "tidy", {name: partial(_count, step, gone)})
    return sum(gone)


def delete_attempts(one: Act) -> int:
    """Delete wrong passwords and codes that no limit looks at any more."""
    return _deleted(one, sa.delete(Attempt).where(Attempt.at < one.now - ATTEMPTS_KEPT))


def delete_sessions(one: Act) -> int:
    """Delete sessions of staff that ended a day ago, or were last seen then."""
    old = one.now - SESSIONS_KEPT
    ended = sa.or_(StaffSession.ended_at < old, StaffSession.seen_at < old)
    return _deleted(one, sa.delete(StaffSession).where(ended))


def mark_this_month(one: Act) -> int:
    """Let this month be recounted: its cut-off is now, and moves on without a move."""
    one.session.add(DirtyMonth(month=month_of(one.now), marked_at=one.now))
    return 0


def _count(step: Callable[[], int], gone: list[int]) -> None:
    gone.append(step())


def _deleted(one: Act, statement: sa.Delete) -> int:
    return len(one.session.execute(statement.returning(sa.literal(1))).all())
