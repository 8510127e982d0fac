"""The filters of the desk's list; each is an entry of `FILTERS`, from which the form is made.

Categories and places are searched in memory, by code or by part of the name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.deadlines import follow_ups_since
from appeals.domain.messages import Message, context_message, message
from appeals.domain.moves.needs import NEEDS, Input, Need
from appeals.domain.states import State
from appeals.domain.text.cleaning import clean_line, is_id
from appeals.domain.text.folding import fold_text, search_pattern
from appeals.domain.vocabulary import Card, Duty, Kind, Term, YesNo
from appeals.models.appeal import Appeal, Statement
from appeals.models.handling import Deadline, has_passed
from appeals.models.lateness import FIRST_PROMISE, is_overdue
from appeals.reference.reference_data import ReferenceEntry, load_reference

Where = sa.ColumnElement[bool]
Moment = sa.SQLColumnExpression[datetime]


class Whose(Term):
    """Whose work a list shows."""

    MINE_OR_NOBODYS = "mine_or_nobodys", "Mine and unassigned"
    NOBODY = "nobody", "Unassigned"


@dataclass(frozen=True)
class Filter:
    """One filter of the list: its form field, and its condition in SQL."""

    need: Need
    where: Callable[[Act, str], Where]

    def applies(self, value: str) -> bool:
        """Return whether the value narrows the list; no day, choice or id of ours does not."""
        choices = self.need.choices
        if self.need.input is Input.DAY:
            return is_day(value)
        if self.need.input is Input.OFFICER:
            return is_id(value)
        return bool(value) and (choices is None or value in {term.value for term in choices})


def card_of(act: Act) -> sa.ColumnElement[str]:
    """Return the card of a running deadline by itself, as SQL (Rules 1, cards)."""
    return card_at(act.now, Deadline.due_at, Deadline.warn_at)


def card_of_case(act: Act) -> sa.ColumnElement[str]:
    """Return the card of a case: that of the department's first promise, as SQL.

    The statement joins `FIRST_PROMISE`; where the department owes nothing, all is in time.
    """
    return card_at(act.now, FIRST_PROMISE.c.due_at, FIRST_PROMISE.c.warn_at)


def card_at(now: datetime, due_at: Moment, warn_at: Moment) -> sa.ColumnElement[str]:
    """Return the card of a promise by its due and warning moments, as SQL."""
    return sa.case(
        (has_passed(due_at, now), Card.RED.value),
        (warn_at <= now, Card.YELLOW.value),
        else_=Card.GREEN.value,
    )


def lacks_promise(*duties: Duty) -> Where:
    """Return the condition that no promise of these duties runs for an imported appeal, as SQL.

    Its source promised no date, and an import starts no deadline (Rules 6). An appeal filed here
    always has its promises.
    """
    running = sa.exists().where(
        Deadline.appeal_id == Appeal.id,
        Deadline.duty.in_(duties),
        Deadline.is_running(),
    )
    return sa.and_(Appeal.source.is_not(None), ~running)


def follow_up_waits(act: Act) -> Where:
    """Return the condition that a running follow-up has not lapsed by time (Rules 2), as SQL.

    The bound on the due moment lets the index scan skip those that have lapsed.
    """
    since = follow_ups_since(load_reference(act).book.calendar, act.now)
    return sa.and_(Deadline.started_at >= since, Deadline.due_at >= since)


def filter_conditions(act: Act, asked: Mapping[str, str]) -> list[Where]:
    """Return the conditions of the filters in `asked`."""
    return [FILTERS[name].where(act, value) for name, value in effective_filters(asked).items()]


def undated_filter_conditions(act: Act, asked: Mapping[str, str]) -> list[Where]:
    """Return the filters' conditions on appeals without a date, which have no card."""
    wanted = effective_filters(asked)
    is_shown = wanted.pop("card", Card.NONE.value) == Card.NONE
    return [sa.literal(is_shown), *filter_conditions(act, wanted)]


def effective_filters(
    asked: Mapping[str, str], filters: Mapping[str, Filter] | None = None
) -> dict[str, str]:
    """Return the entries of `asked` that narrow the list, by filter name."""
    known = FILTERS if filters is None else filters
    values = {name: clean_line(asked.get(name)) for name in known}
    return {name: value for name, value in values.items() if known[name].applies(value)}


def _has_state(act: Act, value: str) -> Where:
    del act
    return Appeal.state == State(value)


def _has_card(act: Act, value: str) -> Where:
    return card_of_case(act) == value


def _is_overdue(act: Act, value: str) -> Where:
    late = sa.exists().where(Deadline.appeal_id == Appeal.id, is_overdue(act.now))
    late = late.correlate(Appeal)
    return late if value == YesNo.YES else ~late


def _is_assigned_as(act: Act, value: str) -> Where:
    nobody = Appeal.assignee.is_(None)
    if value == Whose.NOBODY:
        return nobody
    return sa.or_(nobody, Appeal.assignee == act.actor.staff_id)


def _has_kind(act: Act, value: str) -> Where:
    del act
    return Appeal.kind == Kind(value)


def _is_in_category(act: Act, value: str) -> Where:
    rows = load_reference(act).categories
    found = find_codes(rows.values(), value)
    return Appeal.category.in_(found | {row.code for row in rows.values() if row.parent in found})


def _is_in_place(act: Act, value: str) -> Where:
    found = find_codes(load_reference(act).areas.values(), value)
    return sa.or_(Appeal.district.in_(found), Appeal.street.in_(found))


def is_day(text: str) -> bool:
    """Return whether a text is a day, as 2026-11-30."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def find_codes(rows: Iterable[ReferenceEntry], value: str) -> set[str]:
    """Return the codes of the rows with this code or with this text in their name."""
    part = fold_text(value)
    return {row.code for row in rows if part == row.code or _is_called(row, part)}


def _is_called(row: ReferenceEntry, part: str) -> bool:
    return any(part in fold_text(called) for called in (row.zh, row.en, row.words))


def _is_assigned_to_actor(act: Act, value: str) -> Where:
    mine = Appeal.assignee == act.actor.staff_id
    return mine if value == YesNo.YES else sa.or_(Appeal.assignee.is_(None), sa.not_(mine))


def _is_assigned_to_officer(act: Act, value: str) -> Where:
    del act
    return Appeal.assignee == int(value)


def _is_urgent(act: Act, value: str) -> Where:
    del act
    return Appeal.urgent.is_(value == YesNo.YES)


def _matches_words(act: Act, value: str) -> Where:
    del act
    return sa.or_(
        Appeal.number.icontains(fold_text(value), autoescape=True),
        Statement.subject.regexp_match(search_pattern(value), flags="i"),
    )


def _choice_field(name: str, text: Message, terms: type[Term]) -> Need:
    return Need(name, text, Input.CHOICE, required=False, choices=terms)


FILTERS: dict[str, Filter] = {
    each.need.name: each
    for each in (
        Filter(Need("q", message("Number or subject"), Input.LINE, required=False), _matches_words),
        Filter(_choice_field("state", message("State"), State), _has_state),
        Filter(_choice_field("card", context_message("filter", "Time"), Card), _has_card),
        Filter(
            _choice_field("overdue", context_message("finish past due", "Overdue"), YesNo),
            _is_overdue,
        ),
        Filter(NEEDS["kind"], _has_kind),
        Filter(NEEDS["category"], _is_in_category),
        Filter(
            Need("place", message("District or street"), Input.STREET, required=False),
            _is_in_place,
        ),
        Filter(NEEDS["urgent"], _is_urgent),
        Filter(_choice_field("mine", message("Assigned to me"), YesNo), _is_assigned_to_actor),
        Filter(_choice_field("whose", message("Officer"), Whose), _is_assigned_as),
        Filter(
            Need("officer", message("Officer by name"), Input.OFFICER, required=False),
            _is_assigned_to_officer,
        ),
    )
}
