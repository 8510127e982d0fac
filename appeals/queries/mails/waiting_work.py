"""What waits for a member of staff today, for the mail of each working day: most delayed first.

An officer's and a leader's are the red part of their day and what is due today (`my_day.py`), the
centre's the promises that the person's role keeps. Nothing personal of a citizen is in it, and of a
restricted appeal no word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.calendar import city_day, day_end
from appeals.domain.deadlines import describe_delay, follow_ups_since
from appeals.domain.lifecycle import MOVE_RULES
from appeals.domain.messages import Message, message
from appeals.domain.states import Action
from appeals.domain.text.dates import describe_moment
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal, Statement
from appeals.models.handling import Deadline, has_passed
from appeals.models.lateness import is_owed
from appeals.queries.my_day import MAX_SHOWN, DayPart, OwedAppeal, load_my_day
from appeals.reference.reference_data import load_reference

CENTRE_DUTIES = {
    Duty.DISPATCH: Action.DISPATCH,
    Duty.REVIEW: Action.CLOSE,
    Duty.FOLLOW_UP: Action.FOLLOW_UP,
}
"""The centre's promises, and the move by which each is kept."""


@dataclass(frozen=True)
class WaitingCase:
    """One case: its number, its subject, and its promise with how late or when it is due."""

    number: str
    subject: str | Message
    promise: Message


@dataclass(frozen=True)
class WaitingWork:
    """The first of the cases that wait, how many are red and due today, and the page of all."""

    cases: Sequence[WaitingCase]
    red: int
    due_today: int
    path: str

    @property
    def total(self) -> int:
        """Count all that waits."""
        return self.red + self.due_today

    def as_text(self, language: str) -> str:
        """Return the cases as lines of a mail, and how many more there are."""
        lines = [
            message(
                "%(place)s. %(number)s %(subject)s: %(promise)s",
                place=place,
                number=case.number,
                subject=case.subject,
                promise=case.promise,
            )
            for place, case in enumerate(self.cases, start=1)
        ]
        if more := self.total - len(self.cases):
            lines.append(message("… and %(count)s more", count=more))
        return "\n".join(line.label(language) for line in lines)


def load_waiting_work(act: Act) -> WaitingWork:
    """Load what waits for the actor until the end of today."""
    return _load_department_work(act) if act.actor.department else _load_centre_work(act)


def _load_department_work(act: Act) -> WaitingWork:
    day = load_my_day(act)
    owed = [*day.parts[DayPart.RED], *day.parts[DayPart.TODAY]]
    sizes = day.sizes[DayPart.RED], day.sizes[DayPart.TODAY]
    return WaitingWork([_describe_owed(each) for each in owed], *sizes, "/desk/day")


def _describe_owed(owed: OwedAppeal) -> WaitingCase:
    promise = owed.delay or _describe_due(owed.duty, owed.due_at)
    return WaitingCase(owed.appeal.number, _subject_of(owed.appeal, owed.subject), promise)


def _describe_due(duty: Duty, due_at: datetime | None) -> Message:
    due = describe_moment(due_at) if due_at else Message("")
    return message("%(duty)s due %(due)s", duty=duty, due=due)


def _load_centre_work(act: Act) -> WaitingWork:
    rows = act.session.execute(_select_centre_work(act)).all()
    calendar = load_reference(act).book.calendar
    cases = []
    for appeal, subject, duty, due_at, is_red, *_ in rows:
        late = describe_delay(duty, due_at, act.now, calendar) if is_red else None
        promise = late or _describe_due(duty, due_at)
        cases.append(WaitingCase(appeal.number, _subject_of(appeal, subject), promise))
    red, total = rows[0][-2:] if rows else (0, 0)
    return WaitingWork(cases, red, total - red, "/centre/")


def _select_centre_work(act: Act) -> sa.Select[*tuple[Any, ...]]:
    role = act.actor.role
    duties = [duty for duty, action in CENTRE_DUTIES.items() if role in MOVE_RULES[action].by]
    is_red = has_passed(Deadline.due_at, act.now)
    counts = (sa.func.count().filter(is_red).over(), sa.func.count().over())
    return (
        sa.select(Appeal, Statement.subject, Deadline.duty, Deadline.due_at, is_red, *counts)
        .join_from(Deadline, Appeal, Appeal.id == Deadline.appeal_id)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(
            Deadline.duty.in_(duties),
            is_owed(follow_ups_since(load_reference(act).book.calendar, act.now)),
            Deadline.due_at <= day_end(city_day(act.now)),
            visible_to(act.actor),
        )
        .order_by(Deadline.due_at, Appeal.id)
        .limit(2 * MAX_SHOWN)
    )


def _subject_of(appeal: Appeal, subject: str) -> str | Message:
    return message("restricted: sign in to see it") if appeal.restricted else subject
