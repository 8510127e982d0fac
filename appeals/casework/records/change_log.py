"""The record of every change by an administrator: who, when, before, after, why."""

from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.configuration import Change
from appeals.domain.refusals import not_now
from appeals.models.configuration import RecordedChange
from appeals.models.staff import StaffRequest

CONFIGURATION_LOCK_ID = 3_110_212
"""The advisory lock of whoever changes the configuration: any fixed number."""


@dataclass(frozen=True)
class WrittenRow:
    """A row that was written: its key, and what is shown only once, such as a password.

    With `request_id` nothing was written yet: the request waits for a second person.
    """

    key: str
    once: str = ""
    request_id: int | None = None


def lock_configuration(act: Act) -> None:
    """Let nobody else change the configuration until this transaction ends."""
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(CONFIGURATION_LOCK_ID)))


def find_last_change_id(act: Act, of: str, key: str) -> int:
    """Give the number of the last change of a row; 0 where there is none."""
    found = act.session.scalar(
        sa.select(sa.func.max(RecordedChange.id)).where(
            RecordedChange.of == of, RecordedChange.key == key
        )
    )
    return found or 0


def check_unchanged_since(act: Act, of: str, key: str, seen: int) -> None:
    """Refuse (not now) a change of a row that somebody else changed since it was read."""
    if find_last_change_id(act, of, key) != seen:
        raise not_now(
            "其他人刚刚修改了这一项，请先看看变更记录。",
            "Somebody else has just changed this. See its history first.",
        )


def record_change(act: Act, change: Change, request: StaffRequest | None = None) -> None:
    """Add the change to the record, as made by who asked for it where a second person agreed."""
    act.session.add(
        RecordedChange(
            of=change.of,
            key=change.key,
            step=change.step.value,
            since=change.since,
            before=dict(change.before) if change.before is not None else None,
            after=dict(change.after) if change.after is not None else None,
            why=change.why,
            staff_id=request.asked_by if request else act.actor.staff_id,
            at=act.now,
            request_id=request.id if request else None,
        )
    )
