"""An officer's day: what is due by the end of the next working day, and what came back.

An appeal is listed by the due moment of the department's first promise that it still owes; red is
what is past due, also where a late answer awaits review. An officer's day has
the appeals that are assigned to them or to nobody, a leader's all of the department.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.calendar import ONE_DAY, city_day, day_end, day_start
from appeals.domain.deadlines import describe_delay
from appeals.domain.messages import Labelled, Message
from appeals.domain.moves.context import IMPORTED
from appeals.domain.people import Role
from appeals.domain.states import BEFORE_CONTACT, WITH_DEPARTMENT, Action
from appeals.domain.vocabulary import Card, Duty, Term
from appeals.models.appeal import Appeal, Move, Statement
from appeals.models.handling import Deadline, has_passed
from appeals.models.lateness import FIRST_PROMISE, is_overdue
from appeals.queries.filters import Where, Whose, card_at, lacks_promise
from appeals.queries.work_list import PAGE_ROWS, CaseInList, read_page_key
from appeals.reference.reference_data import load_reference

MAX_SHOWN = 25
"""The most lines of one part; the rest is in the list."""
MAX_TO_SIGN = PAGE_ROWS
"""The most lines of what is to be signed for today: so many are signed for at once."""
NEW_WORK_ACTIONS = (Action.DISPATCH, Action.GRANT_RETURN)
IS_TO_DO: Where = Appeal.state.in_(WITH_DEPARTMENT)
"""The condition that the department can do something on the appeal."""
ONE_SECOND = timedelta(seconds=1)


class DayPart(Term):
    """The part of the day in which an appeal is listed."""

    RED = "red", "Red"
    SIGN = "sign", "Sign-for due today"
    TODAY = "today", "Contact or finish due today"
    NEXT = "next", "Due on the next working day"
    UNDATED = "undated", "No date"


@dataclass(frozen=True)
class OwedAppeal:
    """One appeal and its next duty, due at a moment (UTC); `turned`: new card since yesterday.

    Yesterday is the working day before today, so that Monday's page includes the weekend. An appeal
    imported without a promised date has no due moment. `delay` says by how much a red one is late.
    """

    appeal: Appeal
    subject: str
    duty: Duty
    due_at: datetime | None
    card: Card
    turned: bool
    delay: Message | None = None

    @property
    def key(self) -> str:
        """Return the page key of the line; empty without a due moment."""
        return f"{self.due_at.isoformat()}~{self.appeal.id}" if self.due_at else ""

    @property
    def is_to_call(self) -> bool:
        """Whether the first contact is still to be made."""
        return self.appeal.state in BEFORE_CONTACT

    @property
    def to_do(self) -> Labelled:
        """Return the duty, or the state of an appeal on which the department can do nothing."""
        return self.duty if self.appeal.state in WITH_DEPARTMENT else self.appeal.state


@dataclass(frozen=True)
class ReturnedAppeal:
    """One appeal that came back: the last action of others, its time (UTC) and its words."""

    appeal: Appeal
    subject: str
    move: Move


@dataclass(frozen=True)
class MyDay:
    """The first lines and the size of each part, what came back, and the next working day.

    `overdue` counts those of the red part whose finish is overdue; `whose` is the filter by which
    the department's list shows the same appeals.
    """

    parts: dict[DayPart, list[OwedAppeal]]
    sizes: dict[DayPart, int]
    overdue: int
    whose: dict[str, str]
    back: list[ReturnedAppeal]
    next_working: date

    @property
    def shown(self) -> list[DayPart]:
        """Return the parts that a page shows; undated work only if there is any."""
        return [part for part in DayPart if part is not DayPart.UNDATED or self.sizes[part]]


def load_my_day(act: Act) -> MyDay:
    """Load the actor's day, in four statements."""
    parts: dict[DayPart, list[OwedAppeal]] = {part: [] for part in DayPart}
    sizes, overdue = dict.fromkeys(DayPart, 0), 0
    for row in _load_owed(act):
        part = DayPart(row.part)
        sizes[part] = row.size
        parts[part].append(_make_owed(act, row))
        overdue = max(overdue, row.overdue)
    for appeal, subject, size in _load_undated(act):
        sizes[DayPart.UNDATED] = size
        owed = OwedAppeal(appeal, subject, Duty.FINISH, None, Card.NONE, turned=False)
        parts[DayPart.UNDATED].append(owed)
    whose = {} if act.actor.role is Role.LEADER else {"whose": Whose.MINE_OR_NOBODYS.value}
    return MyDay(parts, sizes, overdue, whose, _load_returned(act), _next_working_day(act))


def _make_owed(act: Act, row: sa.Row[Any]) -> OwedAppeal:
    card, delay = Card(row.card), None
    if card is Card.RED:
        calendar = load_reference(act).book.calendar
        delay = describe_delay(row.duty, row.due_at, act.now, calendar)
    return OwedAppeal(row.Appeal, row.subject, row.duty, row.due_at, card, row.turned, delay)


def _next_working_day(act: Act) -> date:
    return load_reference(act).book.calendar.next_working(city_day(act.now))


def _end_of_previous_working_day(act: Act) -> datetime:
    """Return the moment when the working day before today ended."""
    calendar = load_reference(act).book.calendar
    return day_start(calendar.previous_working(city_day(act.now)) + ONE_DAY)


def _dated_work(act: Act) -> list[Where]:
    """Return the conditions of `ix_deadline_work` and of the actor's work."""
    return [
        Deadline.department == act.actor.department,
        Deadline.duty == Duty.FINISH,
        Deadline.is_running(),
        *_own_work(act),
    ]


def _undated_work(act: Act) -> list[Where]:
    """Return the conditions of the actor's work that was imported without a promised date."""
    of_department = Appeal.holder == act.actor.department
    return [of_department, lacks_promise(Duty.FINISH), IS_TO_DO, *_own_work(act)]


def _own_work(act: Act) -> list[Where]:
    """Return the conditions of the actor's work: an officer's own and nobody's, a leader's all."""
    work = [visible_to(act.actor)]
    if act.actor.role is Role.LEADER:
        return work
    return [*work, sa.or_(Appeal.assignee.is_(None), Appeal.assignee == act.actor.staff_id)]


def _load_undated(act: Act) -> Sequence[sa.Row[Appeal, str, int]]:
    """Load the first lines of the work without a date, oldest filing first, and its size."""
    return act.session.execute(
        sa.select(Appeal, Statement.subject, sa.func.count().over().label("size"))
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(*_undated_work(act))
        .order_by(Appeal.filed_at, Appeal.id)
        .limit(MAX_SHOWN)
    ).all()


def _load_owed(act: Act) -> Sequence[sa.Row[Any]]:
    """Load the first lines of each part, with the part's size."""
    owed = _rank_owed(act).subquery()
    most = sa.case((owed.c.part == DayPart.SIGN.value, MAX_TO_SIGN), else_=MAX_SHOWN)
    return act.session.execute(
        sa.select(Appeal, Statement.subject, owed)
        .join(Appeal, Appeal.id == owed.c.id)
        .join(Statement, Statement.appeal_id == owed.c.id)
        .where(owed.c.place <= most)
        .order_by(owed.c.due_at, owed.c.id)
    ).all()


def _rank_owed(act: Act) -> sa.Select[Any]:
    """Select every appeal due by then: its duty, its part, and its rank in the part."""
    first = FIRST_PROMISE
    due_at = first.c.due_at
    is_today = due_at <= day_end(city_day(act.now))
    part = sa.case(
        (has_passed(due_at, act.now), DayPart.RED.value),
        (sa.and_(is_today, first.c.duty == Duty.SIGN), DayPart.SIGN.value),
        (is_today, DayPart.TODAY.value),
        else_=DayPart.NEXT.value,
    )
    return (
        sa.select(
            Appeal.id,
            first.c.duty,
            due_at,
            card_at(act.now, due_at, first.c.warn_at).label("card"),
            _has_turned(act, first).label("turned"),
            part.label("part"),
            sa.func.count().over(partition_by=part).label("size"),
            sa.func.count().filter(is_overdue(act.now)).over().label("overdue"),
            sa.func.row_number()
            .over(partition_by=part, order_by=(due_at, Appeal.id))
            .label("place"),
        )
        .join(Deadline, Deadline.appeal_id == Appeal.id)
        .join(first, sa.true())
        .where(*_is_owed_by_then(act))
    )


def _is_owed_by_then(act: Act) -> list[Where]:
    """Return the conditions of the appeals of the day, on deadlines and `FIRST_PROMISE`."""
    due_at = FIRST_PROMISE.c.due_at
    return [
        *_dated_work(act),
        due_at <= day_end(_next_working_day(act)),
        sa.or_(IS_TO_DO, has_passed(due_at, act.now)),
    ]


def find_next_of_day(act: Act, key: str) -> CaseInList | None:
    """Return the first appeal of the day that is due after a line's key; None at its end."""
    due_at = FIRST_PROMISE.c.due_at
    behind = read_page_key(key)
    if behind is None:
        return None
    row = act.session.execute(
        sa.select(Appeal, Statement.subject, due_at)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .join(Deadline, Deadline.appeal_id == Appeal.id)
        .join(FIRST_PROMISE, sa.true())
        .where(
            *_is_owed_by_then(act),
            sa.tuple_(due_at, Appeal.id) > sa.tuple_(*map(sa.literal, behind)),
        )
        .order_by(due_at, Appeal.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    appeal, subject, moment = row
    return CaseInList(appeal.number, subject, f"{moment.isoformat()}~{appeal.id}")


def _has_turned(act: Act, first: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition that the card changed colour since the previous working day ended."""
    since = _end_of_previous_working_day(act)
    return sa.case(
        (has_passed(first.c.due_at, act.now), first.c.due_at >= since - ONE_SECOND),
        else_=first.c.warn_at.between(since, act.now),
    )


def _load_returned(act: Act) -> list[ReturnedAppeal]:
    """Load the appeals whose last move is not the department's, except new work and imports."""
    last = (
        sa.select(Appeal, Statement.subject, Move)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .join(Move, sa.and_(Move.appeal_id == Appeal.id, Move.seq == Appeal.moves_made))
        .where(
            Move.action.not_in(NEW_WORK_ACTIONS),
            Move.department.is_distinct_from(act.actor.department),
            ~Move.facts.has_key(IMPORTED),
        )
        .order_by(Move.at.desc())
        .limit(MAX_SHOWN)
    )
    dated = last.join(Deadline, Deadline.appeal_id == Appeal.id).where(*_dated_work(act), IS_TO_DO)
    rows = [*act.session.execute(dated), *act.session.execute(last.where(*_undated_work(act)))]
    newest = sorted(
        (ReturnedAppeal(*row) for row in rows), key=lambda back: back.move.at, reverse=True
    )
    return newest[:MAX_SHOWN]
