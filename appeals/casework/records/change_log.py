"""The change log of the configuration: who, when, before, after, why."""

from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.configuration import Change
from appeals.domain.messages import message
from appeals.domain.refusals import not_now
from appeals.models.configuration import RecordedChange
from appeals.models.staff import StaffRequest

CONFIGURATION_LOCK_ID = 3_110_212
"""The advisory lock for configuration changes: any fixed number."""


@dataclass(frozen=True)
class WrittenRow:
    """A written row: its key, and a secret to be shown once, such as a password.

    With `request_id` nothing is written yet: the request awaits a second person.
    """

    key: str
    once: str = ""
    request_id: int | None = None


def lock_configuration(act: Act) -> None:
    """Lock the configuration against other changes until this transaction ends."""
    act.session.execute(sa.select(sa.func.pg_advisory_xact_lock(CONFIGURATION_LOCK_ID)))


def find_last_change_id(act: Act, of: str, key: str) -> int:
    """Return the id of a row's last change, 0 where there is none."""
    found = act.session.scalar(
        sa.select(sa.func.max(RecordedChange.id)).where(
            RecordedChange.of == of, RecordedChange.key == key
        )
    )
    return found or 0


def check_unchanged_since(act: Act, of: str, key: str, seen: int) -> None:
    """Refuse (not now) a change of a row that somebody else changed since it was read."""
    if find_last_change_id(act, of, key) != seen:
        raise not_now(message("Somebody else has just changed this. See its history first."))


def record_change(act: Act, change: Change, request: StaffRequest | None = None) -> None:
    """Record a change; a granted request's is recorded under the name of the person who asked."""
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
