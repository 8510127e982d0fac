"""Queries for the system's operators: does the database answer, do the tasks run, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.models.appeal import Appeal
from appeals.models.integrity import UnverifiedAccess, UnverifiedAppeal
from appeals.models.lateness import is_overdue
from appeals.models.notice import Notice
from appeals.models.report import DirtyMonth, EditionFile
from appeals.models.staff import Attempt
from appeals.models.tasks import ClockSighting, FailedItem, TaskRun

WRONG_TRIES_SPAN = timedelta(minutes=5)
SILENT_AFTER_SECONDS = 120
MAX_SHOWN = 100
CANARY_PREFIX = "canary."
"""The prefix of the runs that show that a queue's worker receives its tasks."""


def seconds_since_success(act: Act) -> dict[str, float]:
    """Return the seconds since each task's last success, by task name and the database's clock."""
    age = sa.extract("epoch", sa.func.clock_timestamp() - TaskRun.succeeded_at)
    runs = act.session.execute(sa.select(TaskRun.name, age).order_by(TaskRun.name))
    return {name: float(seconds) for name, seconds in runs}


def list_alarms(act: Act, ages: Mapping[str, float]) -> dict[str, bool]:
    """Return which alarms of the background work are raised, by name; see `docs/operations.md`.

    `ages` is the result of `seconds_since_success`. A stopped worker and a stopped beat are told
    apart: canaries come from the worker itself, all other runs from beat.
    """
    ticks = [age for name, age in ages.items() if not name.startswith(CANARY_PREFIX)]
    worker, delivery = (
        _is_silent(ages.get(CANARY_PREFIX + name)) for name in ("appeals", "delivery")
    )
    jumped = sa.select(sa.exists().where(ClockSighting.jump.is_not(None)))
    return {
        "worker_silent": worker,
        "delivery_silent": delivery,
        "beat_silent": not (worker and delivery) and _is_silent(min(ticks, default=None)),
        "clock_jumped": bool(act.session.scalar(jumped)),
        "clock_behind": min(ages.values(), default=0) < 0,
    }


def _is_silent(age: float | None) -> bool:
    return age is None or age > SILENT_AFTER_SECONDS


@dataclass(frozen=True)
class ListedItem:
    """An item that a task failed on; `key` is empty if it names an appeal hidden from the actor."""

    item: FailedItem
    key: str


def list_failed_items(act: Act) -> Sequence[ListedItem]:
    """List the items that tasks failed on, the oldest first; at most a hundred."""
    number = sa.func.split_part(FailedItem.key, " ", 1)
    hidden = sa.exists().where(Appeal.number == number, ~visible_to(act.actor))
    rows = act.session.execute(
        sa.select(FailedItem, hidden).order_by(FailedItem.failed_at).limit(MAX_SHOWN)
    )
    return [ListedItem(item, "" if is_hidden else item.key) for item, is_hidden in rows]


def count_conditions(act: Act) -> dict[str, tuple[str, int]]:
    """Count what waits and what fails: by name, the meaning and the present number."""
    asked = _counted_conditions(act)
    columns = [
        sa.select(sa.func.count()).where(condition).scalar_subquery().label(name)
        for name, (_, condition) in asked.items()
    ]
    found = act.session.execute(sa.select(*columns)).mappings().one()
    return {name: (meaning, found[name]) for name, (meaning, _) in asked.items()}


NIGHTLY_CONDITIONS: dict[str, tuple[str, sa.ColumnElement[bool]]] = {
    "appeals_unverified": (
        "Appeals whose rows do not follow from their moves, as found at night",
        UnverifiedAppeal.appeal_id.is_not(None),
    ),
    "appeals_access_rows_unverified": (
        "Rows of the access log that do not match their HMAC, as found at night",
        UnverifiedAccess.id.is_not(None),
    ),
}


def _counted_conditions(act: Act) -> dict[str, tuple[str, sa.ColumnElement[bool]]]:
    """Return the conditions to count: by name, the meaning and the count as SQL."""
    return NIGHTLY_CONDITIONS | {
        "appeals_notices_waiting": (
            "Notices that are still to be sent",
            sa.and_(
                Notice.sent_at.is_(None), Notice.parked_at.is_(None), Notice.joined_to.is_(None)
            ),
        ),
        "appeals_notices_failing": (
            "Notices that are still to be sent and failed before",
            sa.and_(Notice.sent_at.is_(None), Notice.parked_at.is_(None), Notice.tries > 0),
        ),
        "appeals_notices_parked": (
            "Notices that were given up, until an administrator sends them again",
            Notice.parked_at.is_not(None),
        ),
        "appeals_items_set_aside": (
            "Promises, months and steps of the clean-up that a task could not do",
            FailedItem.key.is_not(None),
        ),
        "appeals_months_marked": ("Marks of months to be recounted", DirtyMonth.id.is_not(None)),
        "appeals_edition_files_failing": (
            "Files of published editions whose last try failed",
            EditionFile.problem.is_not(None),
        ),
        "appeals_overdue": (
            "Appeals whose finish is past due and was not answered in time",
            is_overdue(act.now),
        ),
        "appeals_wrong_tries": (
            "Wrong passwords and query codes of the last five minutes",
            Attempt.at > act.now - WRONG_TRIES_SPAN,
        ),
    }
