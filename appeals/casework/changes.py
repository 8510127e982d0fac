"""The record of every change by an administrator: who, when, before, after, why."""

from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.configuration import Change
from appeals.domain.refusals import not_now
from appeals.models.configuration import RecordedChange

ONE_AT_A_TIME = 3_110_212
"""The advisory lock of whoever changes the configuration: any fixed number."""


@dataclass(frozen=True)
class Written:
    """A row that was written: its key, and what is shown only once, such as a password."""

    key: str
    once: str = ""


def begin(act: Act) -> None:
    """Let nobody else change the configuration until this transaction ends."""
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def last(act: Act, of: str, key: str) -> int:
    """Give the number of the last change of a row; 0 where there is none."""
    found = act.session.scalar(
        sa.select(sa.func.max(RecordedChange.id)).where(
            RecordedChange.of == of, RecordedChange.key == key
        )
    )
    return found or 0


def check_seen(act: Act, of: str, key: str, seen: int) -> None:
    """Refuse (not now) a change of a row that somebody else changed since it was read."""
    if last(act, of, key) != seen:
        raise not_now(
            "其他人刚刚修改了这一项，请先看看变更记录。",
            "Somebody else has just changed this. See its history first.",
        )


def record(act: Act, change: Change) -> None:
    """Add the change to the record."""
    act.session.add(
        RecordedChange(
            of=change.of,
            key=change.key,
            step=change.step.value,
            since=change.since,
            before=dict(change.before) if change.before is not None else None,
            after=dict(change.after) if change.after is not None else None,
            why=change.why,
            staff_id=act.actor.staff_id,
            at=act.now,
        )
    )
