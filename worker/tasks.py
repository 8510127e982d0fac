"""The Celery tasks: thin, and safe to run twice, concurrently or by hand."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts import (
    display_passes,
    held_forms,
    mail_links,
    regular_mails,
    unusual_access,
)
from appeals.casework.accounts.unusual_access import AccessLimits
from appeals.casework.answers import staff_files
from appeals.casework.configuration import department_handover
from appeals.casework.erasure import erasure
from appeals.casework.following import device_list, telephone_codes
from appeals.casework.handling import (
    answer_drafts,
    citizen_sessions,
    deadline_sweep,
    drafts,
    notice_reading,
    telephone_columns,
)
from appeals.casework.messages import rating_reminders
from appeals.casework.photos import attachments
from appeals.casework.search import search_index
from appeals.domain.calendar import month_of
from appeals.domain.vocabulary import RegularMail
from appeals.models.report import DirtyMonth
from appeals.models.staff import Attempt, StaffSession
from appeals.operations import database_clock
from appeals.operations.backup.erasure_list import write_erasure_list
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.formats.edition_files import request_lost_files
from worker import delivery, edition_files, recounts, staff_mailings, text_codes
from worker.app import (
    app,
    load_settings,
    open_act,
    open_sessions,
    record_success,
    run_and_record,
    run_once,
    run_until_empty,
)
from worker.set_aside import attempt_each

ATTEMPTS_LIFETIME = timedelta(days=1)
ENDED_SESSIONS_LIFETIME = timedelta(days=1)
TICK_SECONDS = 20
"""Longest run of a tick, and longest wait of other tasks on a single-process worker."""


@app.task(name="canary")
def note_canary(served: list[str]) -> None:
    """Record that a worker of these queues receives its messages (`worker/watchdog.py`)."""
    with open_act() as one:
        for queue in served:
            record_success(one, f"canary.{queue}", 1, 0)


@app.task(name="deliver")
def deliver_due_notices() -> None:
    """Send the codes that citizens wait for, then the notices that are due."""
    read = load_settings()
    run_and_record(
        "deliver",
        lambda: (
            text_codes.send_codes(open_sessions(), read)
            + delivery.deliver_notices(open_sessions(), read)
        ),
    )


@app.task(name="sweep")
def sweep_deadlines() -> None:
    """Warn of, mark and escalate late appeals, unless the clock is in doubt."""
    job = guard_by_clock(mark_late)
    run_and_record("sweep", lambda: run_until_empty(job))


@app.task(name="unusual_access")
def report_unusual_access() -> None:
    """Notify supervisors of unusual access, unless the clock is in doubt."""
    read = load_settings()
    limits = AccessLimits(read.unusual_cases, read.unusual_contacts, read.unusual_lookups)
    job = guard_by_clock(partial(unusual_access.report_unusual_access, limits=limits))
    run_and_record("unusual_access", lambda: run_once(job))


@app.task(name="compile")
def compile_months() -> None:
    """Recount the changed months, each in its own transaction."""
    run_and_record("compile", refresh_months)


@app.task(name="recount")
def recount_periods() -> None:
    """Count the periods again that administrators asked for."""
    run_and_record("recount", lambda: recounts.carry_out_recounts(open_sessions(), load_settings()))


@app.task(name="edition_files")
def make_edition_files() -> None:
    """Make missing files of published editions."""
    run_and_record(
        "edition_files", lambda: edition_files.make_due_files(open_sessions(), load_settings())
    )


@app.task(name="tidy")
def clean_up() -> None:
    """Delete expired data, list missing files, and mark this month for recounting."""
    job = guard_by_clock(
        partial(run_clean_up, files=load_settings().files_dir, data=load_settings().data_dir)
    )
    run_and_record("tidy", lambda: run_once(job))


@app.task(name="telephones")
def read_telephones() -> None:
    """Parse the telephones of contacts written by the previous release, until none is left."""
    run_and_record("telephones", lambda: run_for_one_tick(telephone_columns.fill_telephone_columns))


@app.task(name="search_index")
def index_search_words() -> None:
    """Index the words of appeals that changed, until none is left."""
    run_and_record("search_index", lambda: run_for_one_tick(search_index.index_marked_appeals))


@app.task(name="hand_over")
def hand_over_cases() -> None:
    """Hand the open cases of departments that ended over to their successors."""
    job = guard_by_clock(hand_over_batch)
    run_and_record("hand_over", lambda: run_for_one_tick(job))


@app.task(name="regular_mails")
def write_regular_mails() -> None:
    """Count the briefs that are due, and write the regular mails that are due."""
    hour = load_settings().regular_mail_hour
    for mail in RegularMail:
        job = guard_by_clock(partial(staff_mailings.write_batch, mail=mail, hour=hour))
        run_and_record("regular_mails", partial(run_until_empty, job))


@app.task(name="rating_reminders")
def remind_to_rate() -> None:
    """Remind citizens to rate whose appeals were closed some days ago."""
    job = guard_by_clock(remind_batch)
    run_and_record("rating_reminders", lambda: run_for_one_tick(job))


def run_for_one_tick(job: Callable[[Act], int]) -> int:
    """Run a job on batches, each in its own transaction, for one tick at most.

    Stops when the job finds nothing more; returns how much was done.
    """
    count, last = 0, time.monotonic() + TICK_SECONDS
    while time.monotonic() < last:
        done = run_once(job)
        if not done:
            break
        count += done
    return count


def guard_by_clock(job: Callable[[Act], int]) -> Callable[[Act], int]:
    """Wrap a job so that it raises ClockJumped while the clock is in doubt."""
    with open_act() as one:
        sighting = database_clock.compare_clocks(one)

    def careful(one: Act) -> int:
        sighting.check(one)
        return job(one)

    return careful


def mark_late(one: Act) -> int:
    """Mark one batch of each kind of missed deadline; return how many promises were checked."""
    return deadline_sweep.sweep_deadlines(one, partial(attempt_each, one, deadline_sweep.TASK))


def remind_batch(one: Act) -> int:
    """Write one batch of reminders to rate; return how many rounds were looked at."""
    return rating_reminders.write_reminders(one, partial(attempt_each, one, rating_reminders.TASK))


def hand_over_batch(one: Act) -> int:
    """Hand over one batch of cases; return how many were tried."""
    return department_handover.hand_over_cases(
        one, partial(attempt_each, one, department_handover.TASK)
    )


def refresh_months() -> int:
    """Recount the dirty months, each in its own transaction; return how many were tried."""
    with open_act() as one:
        months = monthly_drafts.list_dirty_months(one)
    return sum(run_once(guard_by_clock(partial(refresh_month, month=month))) for month in months)


def refresh_month(one: Act, month: date) -> int:
    """Recount one month, or set it aside."""
    job = partial(monthly_drafts.recompile_month, one, month)
    return attempt_each(one, "compile", {f"{month:%Y-%m}": job})


def run_clean_up(one: Act, files: Path, data: Path) -> int:
    """Run the clean-up; return how many rows and files were deleted or newly listed.

    Args:
        one: The transaction of all steps.
        files: The attachments' folder.
        data: The data folder, searched for the files of editions.
    """
    gone = list[int]()
    steps: dict[str, Callable[[], int]] = {
        "attempts": partial(delete_attempts, one),
        "sessions": partial(delete_sessions, one),
        "citizens' sessions": partial(citizen_sessions.delete_ended_sessions, one),
        "lists of devices": partial(device_list.delete_ended_rows, one),
        "codes for telephones": partial(telephone_codes.delete_expired_codes, one),
        "erased files": partial(erasure.delete_erased_files, one, files),
        "list of erasures": partial(write_erasure_list, one, data),
        "mail links": partial(mail_links.delete_expired_links, one),
        "drafts": partial(drafts.delete_old_drafts, one),
        "drafts of answers": partial(answer_drafts.delete_old_answer_drafts, one),
        "display passes": partial(display_passes.delete_old_passes, one),
        "held forms": partial(held_forms.delete_expired_forms, one),
        "read marks": partial(notice_reading.delete_old_read_marks, one),
        "regular mails": partial(regular_mails.delete_sent_mails, one),
        "photos": partial(attachments.delete_unfiled_photos, one, files),
        "files of staff": partial(staff_files.delete_unfiled_files, one, files),
        "month": partial(mark_this_month, one),
        "set aside": partial(deadline_sweep.delete_settled_failures, one),
        "edition files": partial(request_lost_files, one, data),
    }
    for name, step in steps.items():
        attempt_each(one, "tidy", {name: partial(_append_count, step, gone)})
    return sum(gone)


def delete_attempts(one: Act) -> int:
    """Delete counted tries that are older than every rate limit's window."""
    return _count_deleted(one, sa.delete(Attempt).where(Attempt.at < one.now - ATTEMPTS_LIFETIME))


def delete_sessions(one: Act) -> int:
    """Delete staff sessions that ended, or were last used, over a day ago."""
    old = one.now - ENDED_SESSIONS_LIFETIME
    ended = sa.or_(StaffSession.ended_at < old, StaffSession.seen_at < old)
    return _count_deleted(one, sa.delete(StaffSession).where(ended))


def mark_this_month(one: Act) -> int:
    """Mark this month for recounting: its cut-off is now, which advances without any move."""
    one.session.add(DirtyMonth(month=month_of(one.now), marked_at=one.now))
    return 0


def _append_count(step: Callable[[], int], gone: list[int]) -> None:
    gone.append(step())


def _count_deleted(one: Act, statement: sa.Delete) -> int:
    return len(one.session.execute(statement.returning(sa.literal(1))).all())
