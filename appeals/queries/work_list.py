"""The desk's list: a department's running work, first due first, paged by keyset.

A page costs the same few statements for 1 and for 50 rows: an index scan of `ix_deadline_work`
from the end of the last page. An order is an entry of `ORDERS`; filters: `queries/filters.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.deadlines import describe_delay
from appeals.domain.messages import Message
from appeals.domain.states import BEFORE_CONTACT, OPEN, State
from appeals.domain.vocabulary import Card, Duty
from appeals.models.appeal import Appeal, Statement
from appeals.models.desk import SavedFilter
from appeals.models.handling import Deadline
from appeals.models.lateness import FIRST_PROMISE, is_overdue
from appeals.queries.filters import (
    Where,
    card_of_case,
    filter_conditions,
    lacks_promise,
    undated_filter_conditions,
)
from appeals.reference.reference_data import load_reference

PAGE_ROWS = 50
"""Rows of one page."""
MAX_BULK_ROWS = 200
"""So many appeals of a list can be changed at once."""
BIGINT_END = 1 << 63
"""The first number that is too large for the id of a row."""
WorkListQuery = sa.Select[Appeal, str, datetime, str, Any, Any]
Moment = sa.ColumnElement[datetime]
DUE_AT = sa.type_coerce(Deadline.due_at, sa.DateTime(timezone=True))
NO_DATE = datetime(9999, 1, 1, tzinfo=UTC)
"""The sort key of an appeal without a promised date in a list sorted by due moment: last."""
NO_DATE_COLUMN: Moment = sa.literal(NO_DATE, sa.DateTime(timezone=True))
NO_PROMISE: tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]] = (
    sa.cast(sa.null(), sa.Text).label("promised_duty"),
    sa.cast(sa.null(), sa.DateTime(timezone=True)).label("promised_at"),
)
"""The columns of a promise in the rows of appeals that have none."""
WORK_TABLES = sa.join(Deadline, Appeal, Appeal.id == Deadline.appeal_id).join(
    Statement, Statement.appeal_id == Appeal.id
)


@dataclass(frozen=True)
class WorkListLine:
    """One line of a list: the appeal, its subject, and the moment by which it is due (UTC).

    An imported appeal without a promised date has none. `delay` says which promise makes the card
    red, and by how much it is late.
    """

    appeal: Appeal
    subject: str
    due_at: datetime | None
    card: Card
    delay: Message | None = None

    @property
    def is_to_call(self) -> bool:
        """Whether the first contact is still to be made."""
        return self.appeal.state in BEFORE_CONTACT


@dataclass(frozen=True)
class WorkListQueries:
    """The queries of a list, for dated and for undated rows.

    Their columns: the appeal, its subject, the moment by which it is sorted, its card, and the
    promise that gives it the card: its duty and due moment.
    """

    dated: WorkListQuery
    undated: WorkListQuery | None = None


@dataclass(frozen=True)
class WorkListPage:
    """One page of lines; `after` is the key of the next page, if there is one."""

    lines: tuple[WorkListLine, ...]
    after: str | None


@dataclass(frozen=True)
class CaseInList:
    """A case of a list: its number, its subject, and the page key of its line."""

    number: str
    subject: str
    key: str


def _due_at(line: WorkListLine) -> datetime:
    return line.due_at or NO_DATE


def _filed_at(line: WorkListLine) -> datetime:
    return line.appeal.filed_at


@dataclass(frozen=True)
class ListOrder:
    """A sort order: the moment to sort by, in SQL and of a line, and whether it is descending.

    Appeals with the same moment are sorted by id, so that the end of a page is unambiguous.
    """

    moment: Moment
    of: Callable[[WorkListLine], datetime] = _due_at
    is_down: bool = False

    def key(self, line: WorkListLine) -> str:
        """Return the page key of a line: the rows after it are those behind the key."""
        return f"{self.of(line).isoformat()}~{line.appeal.id}"

    def sorted(self, rows: WorkListQuery) -> WorkListQuery:
        """Sort the rows."""
        if self.is_down:
            return rows.order_by(self.moment.desc(), Appeal.id.desc())
        return rows.order_by(self.moment, Appeal.id)

    def behind(self, key: tuple[datetime, int]) -> Where:
        """Return the condition of the rows that come after a key."""
        row, end = sa.tuple_(self.moment, Appeal.id), sa.tuple_(*map(sa.literal, key))
        return row < end if self.is_down else row > end


FILED_AT = sa.type_coerce(Appeal.filed_at, sa.DateTime(timezone=True))
BY_DUE = "due"
ORDERS: dict[str, ListOrder] = {
    BY_DUE: ListOrder(DUE_AT),
    "-due": ListOrder(DUE_AT, is_down=True),
    "filed": ListOrder(FILED_AT, _filed_at),
    "-filed": ListOrder(FILED_AT, _filed_at, is_down=True),
}
"""The sort orders of the desk's list, by their name in the URL."""


@dataclass(frozen=True)
class WorkCounts:
    """The amount of work: by state, by the colour of its card, and what is overdue of it."""

    states: Mapping[State, int]
    cards: Mapping[Card, int]
    overdue: int

    @property
    def total(self) -> int:
        """Count all the work."""
        return sum(self.states.values())


def load_desk_page(act: Act, asked: Mapping[str, str], most: int = PAGE_ROWS) -> WorkListPage:
    """Load one page of the work of the actor's department, filtered and sorted as `asked`.

    `asked` has the filters by name, `sort`, and `after`, the key of the previous page's end. The
    default order is first due first. The page has at most `most` lines.
    """
    first = FIRST_PROMISE.c
    rows = (
        sa.select(Appeal, Statement.subject, DUE_AT, card_of_case(act), first.duty, first.due_at)
        .select_from(WORK_TABLES)
        .outerjoin(FIRST_PROMISE, sa.true())
    )
    rows = rows.where(*_of_department(act), *filter_conditions(act, asked))
    undated = select_undated(act, Duty.FINISH).where(
        *_held_by_department(act), *undated_filter_conditions(act, asked)
    )
    order = ORDERS[order_of(asked)]
    return load_page(act, WorkListQueries(rows, undated), order, asked.get("after"), most)


def find_next_of_list(act: Act, asked: Mapping[str, str]) -> CaseInList | None:
    """Return the first case of the list behind the key `after` in `asked`; None at its end."""
    lines = load_desk_page(act, asked, most=1).lines
    order = ORDERS[order_of(asked)]
    return next(
        (CaseInList(each.appeal.number, each.subject, order.key(each)) for each in lines), None
    )


def list_numbers(act: Act, asked: Mapping[str, str]) -> list[str]:
    """Return the numbers of the list from its beginning, for a bulk action on all of it."""
    whole = {name: value for name, value in asked.items() if name != "after"}
    return [line.appeal.number for line in load_desk_page(act, whole, MAX_BULK_ROWS).lines]


def select_undated(act: Act, duty: Duty) -> WorkListQuery:
    """Select the imported appeals for which no promise of a duty runs."""
    return (
        sa.select(
            Appeal, Statement.subject, NO_DATE_COLUMN, sa.literal(Card.NONE.value), *NO_PROMISE
        )
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(lacks_promise(duty), visible_to(act.actor))
    )


def order_of(asked: Mapping[str, str]) -> str:
    """Return the name of the requested order; for an unknown one, that of first due first."""
    return asked["sort"] if asked.get("sort") in ORDERS else BY_DUE


def count_work(act: Act) -> WorkCounts:
    """Count the department's work by state, by card and what is overdue, in two statements."""
    card = card_of_case(act).label("card")
    overdue = sa.func.count().filter(is_overdue(act.now))
    rows = act.session.execute(
        sa.select(Appeal.state, card, sa.func.count(), overdue)
        .join_from(Deadline, Appeal, Appeal.id == Deadline.appeal_id)
        .outerjoin(FIRST_PROMISE, sa.true())
        .where(*_of_department(act))
        .group_by(Appeal.state, card)
    ).all()
    found = [(state, Card(colour), count) for state, colour, count, _ in rows]
    states: dict[State, int] = {}
    cards = dict.fromkeys(Card, 0)
    found += [(state, Card.NONE, count) for state, count in _count_undated(act)]
    for state, colour, count in found:
        states[state] = states.get(state, 0) + count
        cards[colour] += count
    in_order = {state: states[state] for state in State if state in states}
    red_first = {colour: cards[colour] for colour in (Card.RED, *Card)}
    return WorkCounts(in_order, red_first, sum(late for *_, late in rows))


def _count_undated(act: Act) -> Sequence[sa.Row[State, int]]:
    return act.session.execute(
        sa.select(Appeal.state, sa.func.count())
        .where(*_held_by_department(act), lacks_promise(Duty.FINISH), visible_to(act.actor))
        .group_by(Appeal.state)
    ).all()


def load_page(
    act: Act,
    found: WorkListQueries,
    order: ListOrder,
    after: str | None = None,
    most: int = PAGE_ROWS,
) -> WorkListPage:
    """Return the page of rows that come after the key `after`.

    Undated rows are merged among the others, or come last if the list is sorted by due moment.
    """
    key = read_page_key(after)
    lines = _lines_behind(act, found.dated, order, key, most)
    if found.undated is not None:
        by_due = order.moment is DUE_AT
        there = replace(order, moment=NO_DATE_COLUMN) if by_due else order
        lines += _lines_behind(act, found.undated, there, key, most)
        lines.sort(key=lambda line: (order.of(line), line.appeal.id), reverse=order.is_down)
    if len(lines) <= most:
        return WorkListPage(tuple(lines), None)
    return WorkListPage(tuple(lines[:most]), order.key(lines[most - 1]))


def _lines_behind(
    act: Act, rows: WorkListQuery, order: ListOrder, key: tuple[datetime, int] | None, most: int
) -> list[WorkListLine]:
    if key is not None:
        rows = rows.where(order.behind(key))
    found = act.session.execute(order.sorted(rows).limit(most + 1)).all()
    return [_make_line(act, row) for row in found]


def _make_line(act: Act, row: sa.Row[Appeal, str, datetime, str, Any, Any]) -> WorkListLine:
    appeal, subject, due, colour, duty, promised = row
    card, delay = Card(colour), None
    if card is Card.RED and duty is not None and promised is not None:
        calendar = load_reference(act).book.calendar
        delay = describe_delay(Duty(duty), promised, act.now, calendar)
    return WorkListLine(appeal, subject, None if card is Card.NONE else due, card, delay)


def read_page_key(after: str | None) -> tuple[datetime, int] | None:
    """Parse a page's key; an invalid one gives the first page."""
    moment, _, number = (after or "").replace(" ", "+").partition("~")
    try:
        at, last = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    return (at, last) if at.tzinfo and 0 <= last < BIGINT_END else None


def _of_department(act: Act) -> list[Where]:
    """Return the conditions of `ix_deadline_work`, and that the actor may see the appeal."""
    return [
        Deadline.department == act.actor.department,
        Deadline.duty == Duty.FINISH,
        Deadline.is_running(),
        visible_to(act.actor),
    ]


def _held_by_department(act: Act) -> list[Where]:
    """Return the conditions of `ix_appeal_imported_open`: open, and in the department's hands."""
    return [Appeal.holder == act.actor.department, Appeal.state.in_(OPEN)]


def list_saved_filters(act: Act) -> Sequence[SavedFilter]:
    """Return the actor's saved filters, by name."""
    return act.session.scalars(
        sa.select(SavedFilter)
        .where(SavedFilter.staff_id == act.actor.staff_id)
        .order_by(SavedFilter.name)
    ).all()
