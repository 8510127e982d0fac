"""The supervisors' watch list: the cases that one of them marked, with the note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.deadlines import describe_delay
from appeals.domain.messages import Message
from appeals.domain.people import Role
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal, Statement
from appeals.models.desk import WatchListEntry
from appeals.models.staff import StaffMember
from appeals.queries.late_cases import FigureScope, select_worst_promises
from appeals.reference.reference_data import load_reference


@dataclass(frozen=True)
class CaseWatch:
    """Whether a case is watched: by whom and since when (UTC), or by nobody, and the note."""

    name: str = ""
    since: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class WatchListLine:
    """One line of the watch list; `delay` says what is late, if anything is."""

    appeal: Appeal
    subject: str
    watch: CaseWatch
    delay: Message | None


def load_watch(act: Act, appeal: Appeal) -> CaseWatch | None:
    """Return how a case is watched; None for anybody but a supervisor."""
    if act.actor.role is not Role.SUPERVISOR:
        return None
    found = act.session.execute(
        sa.select(StaffMember.name, WatchListEntry.since, WatchListEntry.note)
        .join(StaffMember, StaffMember.id == WatchListEntry.staff_id)
        .where(WatchListEntry.appeal_id == appeal.id)
    ).one_or_none()
    return CaseWatch(*found) if found else CaseWatch()


def list_watched(act: Act) -> Sequence[WatchListLine]:
    """Return the watched cases, the longest late first, then the newest marks."""
    worst = select_worst_promises(act, FigureScope())
    rows = act.session.execute(
        sa.select(
            Appeal,
            Statement.subject,
            StaffMember.name,
            WatchListEntry.since,
            WatchListEntry.note,
            worst.c.duty,
            worst.c.due_at,
        )
        .join_from(WatchListEntry, Appeal, Appeal.id == WatchListEntry.appeal_id)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .join(StaffMember, StaffMember.id == WatchListEntry.staff_id)
        .outerjoin(worst, worst.c.appeal_id == Appeal.id)
        .where(visible_to(act.actor))
        .order_by(worst.c.due_at.nulls_last(), WatchListEntry.since.desc(), Appeal.id)
    )
    calendar = load_reference(act).book.calendar
    return [
        WatchListLine(
            appeal,
            subject,
            CaseWatch(name, since, note),
            describe_delay(Duty(duty), due, act.now, calendar) if duty else None,
        )
        for appeal, subject, name, since, note, duty, due in rows
    ]
