"""The filters of the search: each narrows what was found and is a chip that can be taken off."""

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.calendar import ONE_DAY, day_start
from appeals.domain.deadlines import follow_ups_since
from appeals.domain.messages import message
from appeals.domain.moves.needs import NEEDS, Input, Need
from appeals.domain.states import OPEN
from appeals.domain.text.folding import search_pattern
from appeals.domain.vocabulary import Card, Channel
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, has_passed
from appeals.models.lateness import DEPARTMENT_PROMISES, is_owed
from appeals.models.staff import StaffMember
from appeals.queries.filters import FILTERS, Filter, Where, effective_filters, find_codes
from appeals.reference.reference_data import load_reference


def _came_by(act: Act, value: str) -> Where:
    del act
    return Appeal.channel == Channel(value)


def _is_held_by(act: Act, value: str) -> Where:
    return Appeal.holder.in_(find_codes(load_reference(act).departments.values(), value))


def _is_assigned_to(act: Act, value: str) -> Where:
    del act
    named = StaffMember.name.regexp_match(search_pattern(value), flags="i")
    return Appeal.assignee.in_(sa.select(StaffMember.id).where(named))


def _filed_from(act: Act, value: str) -> Where:
    del act
    return Appeal.filed_at >= day_start(date.fromisoformat(value))


def _filed_to(act: Act, value: str) -> Where:
    del act
    return Appeal.filed_at < day_start(date.fromisoformat(value) + ONE_DAY)


def _has_card(act: Act, value: str) -> Where:
    """Return the condition of a card, by the worst promise that is owed (`models/lateness.py`)."""
    card = Card(value)
    if card is Card.NONE:
        return sa.and_(Appeal.state.in_(OPEN), ~_owes(act))
    is_red, warns = has_passed(Deadline.due_at, act.now), Deadline.warn_at <= act.now
    if card is Card.RED:
        return _owes(act, is_red)
    if card is Card.YELLOW:
        return sa.and_(_owes(act, warns), ~_owes(act, is_red))
    return sa.and_(_owes(act), ~_owes(act, sa.or_(is_red, warns)))


def _owes(act: Act, *conditions: Where) -> Where:
    """Return the condition that a promise is owed: a department sees its own, the centre all."""
    department = act.actor.department
    if department is None:
        owed = [is_owed(follow_ups_since(load_reference(act).book.calendar, act.now))]
    else:
        owed = [
            is_owed(),
            Deadline.duty.in_(DEPARTMENT_PROMISES),
            Deadline.department == department,
        ]
    promised = sa.exists().where(Deadline.appeal_id == Appeal.id, *owed, *conditions)
    return promised.correlate(Appeal)


SEARCH_FILTERS: dict[str, Filter] = {
    each.need.name: each
    for each in (
        FILTERS["state"],
        Filter(FILTERS["card"].need, _has_card),
        FILTERS["overdue"],
        FILTERS["kind"],
        FILTERS["category"],
        FILTERS["place"],
        Filter(
            Need("channel", message("Channel"), Input.CHOICE, required=False, choices=Channel),
            _came_by,
        ),
        Filter(
            Need("holder", NEEDS["department"].text, Input.DEPARTMENT, required=False),
            _is_held_by,
        ),
        Filter(Need("by", NEEDS["officer"].text, Input.LINE, required=False), _is_assigned_to),
        Filter(
            Need("from", message("Filed from"), Input.DAY, required=False),
            _filed_from,
        ),
        Filter(Need("to", message("Filed up to"), Input.DAY, required=False), _filed_to),
    )
}


def narrowing_filters(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the entries of `asked` that narrow the search, by filter name."""
    return effective_filters(asked, SEARCH_FILTERS)


def narrowing_conditions(act: Act, asked: Mapping[str, str]) -> list[Where]:
    """Return the conditions on `Appeal` of the filters in `asked`."""
    return [
        SEARCH_FILTERS[name].where(act, value) for name, value in narrowing_filters(asked).items()
    ]
