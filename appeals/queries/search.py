"""The desk's list: a department's running work by what is due first, in keyset pages.

A page costs the same few statements for 1 and for 50 rows: it walks `ix_deadline_work` from
where the last page ended. A filter is one entry of `FILTERS`; the form on the page walks them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.access import visible_to
from appeals.act import Act
from appeals.domain.needs import NEEDS, Input, Need
from appeals.domain.states import State
from appeals.domain.vocabulary import Card, Duty, Kind, Term, YesNo
from appeals.models.appeal import Appeal, Statement
from appeals.models.handling import Deadline

PAGE = 50
"""Rows of one page."""
BIGINT = 1 << 63
"""No id of a row reaches this."""
Where = sa.ColumnElement[bool]
Rows = sa.Select[Appeal, str, datetime, str]
DUE = sa.type_coerce(Deadline.due_at, sa.DateTime(timezone=True))
WORK = sa.join(Deadline, Appeal, Appeal.id == Deadline.appeal_id).join(
    Statement, Statement.appeal_id == Appeal.id
)


@dataclass(frozen=True)
class Filter:
    """One thing that the list can be narrowed by: how it is asked, and what it means in SQL."""

    need: Need
    where: Callable[[Act, str], Where]

    def applies(self, value: str) -> bool:
        """Tell whether the value narrows anything; one outside a closed list does not."""
        choices = self.need.choices
        return bool(value) and (choices is None or value in {term.value for term in choices})


@dataclass(frozen=True)
class Line:
    """One line of a list: the appeal, its subject, and the moment by which it is due (UTC)."""

    appeal: Appeal
    subject: str
    due_at: datetime
    card: Card


@dataclass(frozen=True)
class Listed:
    """One page of lines; `after` is the key of the next page, if there is one."""

    lines: tuple[Line, ...]
    after: str | None


@dataclass(frozen=True)
class Counts:
    """How much work there is: by state, and by the colour of its card."""

    states: Mapping[State, int]
    cards: Mapping[Card, int]

    @property
    def total(self) -> int:
        """Count all the work."""
        return sum(self.states.values())


def _state(act: Act, value: str) -> Where:
    del act
    return Appeal.state == State(value)


def _card(act: Act, value: str) -> Where:
    return card_of(act) == value


def _kind(act: Act, value: str) -> Where:
    del act
    return Appeal.kind == Kind(value)


def _category(act: Act, value: str) -> Where:
    del act
    under = Appeal.category.startswith(f"{value}.", autoescape=True)
    return sa.or_(Appeal.category == value, under)


def _district(act: Act, value: str) -> Where:
    del act
    return Appeal.district == value


def _mine(act: Act, value: str) -> Where:
    mine = Appeal.assignee == act.actor.staff_id
    return mine if value == YesNo.YES else sa.or_(Appeal.assignee.is_(None), sa.not_(mine))


def _urgent(act: Act, value: str) -> Where:
    del act
    return Appeal.urgent.is_(value == YesNo.YES)


def _words(act: Act, value: str) -> Where:
    del act
    return sa.or_(
        Appeal.number.icontains(value, autoescape=True),
        Statement.subject.icontains(value, autoescape=True),
    )


def _choice(name: str, zh: str, en: str, terms: type[Term]) -> Need:
    return Need(name, zh, en, Input.CHOICE, required=False, choices=terms)


FILTERS: dict[str, Filter] = {
    each.need.name: each
    for each in (
        Filter(Need("q", "编号或标题", "Number or subject", Input.WORDS, required=False), _words),
        Filter(_choice("state", "状态", "State", State), _state),
        Filter(_choice("card", "时限", "Time", Card), _card),
        Filter(NEEDS["kind"], _kind),
        Filter(NEEDS["category"], _category),
        Filter(NEEDS["district"], _district),
        Filter(NEEDS["urgent"], _urgent),
        Filter(_choice("mine", "由我承办", "Assigned to me", YesNo), _mine),
    )
}


def card_of(act: Act) -> sa.ColumnElement[str]:
    """Give the card of a running deadline, as SQL (Rules 1, cards)."""
    return sa.case(
        (Deadline.due_at < act.now, Card.RED.value),
        (Deadline.warn_at <= act.now, Card.YELLOW.value),
        else_=Card.GREEN.value,
    )


def desk(act: Act, asked: Mapping[str, str]) -> Listed:
    """Give one page of the actor's department's work, narrowed by `asked`, due first.

    `asked` holds the filters by name and `after`, the key that the page before ended with.
    """
    rows = sa.select(Appeal, Statement.subject, DUE, card_of(act)).select_from(WORK)
    rows = rows.where(*_of_department(act), *narrowed(act, asked))
    return page_of(act, rows, DUE, asked.get("after"))


def counts(act: Act) -> Counts:
    """Count the department's work by state and by card, in one statement."""
    card = card_of(act).label("card")
    rows = act.session.execute(
        sa.select(Appeal.state, card, sa.func.count())
        .join_from(Deadline, Appeal, Appeal.id == Deadline.appeal_id)
        .where(*_of_department(act))
        .group_by(Appeal.state, card)
    )
    found = [(state, Card(colour), count) for state, colour, count in rows]
    states: dict[State, int] = {}
    cards = dict.fromkeys(Card, 0)
    for state, colour, count in found:
        states[state] = states.get(state, 0) + count
        cards[colour] += count
    return Counts({state: states[state] for state in State if state in states}, cards)


def narrowed(act: Act, asked: Mapping[str, str]) -> list[Where]:
    """Give the conditions of the filters that are asked."""
    values = {name: asked.get(name, "").strip() for name in FILTERS}
    return [
        FILTERS[name].where(act, value)
        for name, value in values.items()
        if FILTERS[name].applies(value)
    ]


def page_of(act: Act, rows: Rows, at: sa.ColumnElement[datetime], after: str | None) -> Listed:
    """Give the page of `rows` (appeal, subject, moment, card) behind the key `after`."""
    key = _key(after)
    if key is not None:
        rows = rows.where(
            sa.tuple_(at, Appeal.id) > sa.tuple_(sa.literal(key[0]), sa.literal(key[1]))
        )
    found = act.session.execute(rows.order_by(at, Appeal.id).limit(PAGE + 1)).all()
    lines = tuple(Line(appeal, subject, due, Card(card)) for appeal, subject, due, card in found)
    if len(lines) <= PAGE:
        return Listed(lines, None)
    last = lines[PAGE - 1]
    return Listed(lines[:PAGE], f"{last.due_at.isoformat()}~{last.appeal.id}")


def _key(after: str | None) -> tuple[datetime, int] | None:
    """Read a page's key; a mangled one reads as the first page."""
    moment, _, number = (after or "").replace(" ", "+").partition("~")
    try:
        at, last = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return None
    return (at, last) if at.tzinfo and 0 <= last < BIGINT else None


def _of_department(act: Act) -> list[Where]:
    """Give the conditions of `ix_deadline_work`, and that the actor may see the appeal."""
    return [
        Deadline.department == act.actor.department,
        Deadline.duty == Duty.FINISH,
        Deadline.met_at.is_(None),
        Deadline.ended_at.is_(None),
        visible_to(act.actor),
    ]
