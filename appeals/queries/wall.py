"""The wall display: live figures for a room, without any citizen's words."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import not_restricted_for, visible_to
from appeals.domain.calendar import city_day, day_start
from appeals.domain.clocks import whole_second
from appeals.domain.deadlines import follow_ups_since
from appeals.domain.states import OPEN
from appeals.domain.vocabulary import Card, Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Round
from appeals.models.lateness import PROMISES, is_owed
from appeals.queries.filters import card_at, lacks_promise
from appeals.queries.late_cases import count_late_of_city
from appeals.reference.reference_data import load_reference

MAX_OLDEST = 8
RED_FIRST = (Card.RED, Card.YELLOW, Card.GREEN, Card.NONE)
CARRYING_DUTIES = (Duty.DISPATCH, Duty.FINISH)
"""One of these duties runs for every open appeal that was filed here: the first until its dispatch,
the second until its closing."""


@dataclass(frozen=True)
class Wall:
    """The figures of this moment: those of today, the open appeals, and the oldest of them.

    `districts` has the appeals by district (None: not known) and card, most first: the open ones,
    and closed ones whose follow-up is late, which are red too.
    """

    received: int
    closed: int
    open: int
    overdue: int
    cards: dict[Card, int]
    districts: list[tuple[str | None, dict[Card, int]]]
    oldest: Sequence[Appeal]


def load_wall(act: Act) -> Wall:
    """Load the wall at the act's moment, in six statements."""
    districts: dict[str | None, dict[Card, int]] = {}
    open_now = 0
    for district, card, is_open, count in _count_by_card(act):
        districts.setdefault(district, dict.fromkeys(RED_FIRST, 0))[Card(card)] += count
        open_now += count * is_open
    cards = {card: sum(each[card] for each in districts.values()) for card in RED_FIRST}
    if not cards[Card.NONE]:
        for counted in (cards, *districts.values()):
            del counted[Card.NONE]
    most_first = sorted(districts.items(), key=lambda each: -sum(each[1].values()))
    overdue = count_late_of_city(act).overdue
    return Wall(*_count_today(act), open_now, overdue, cards, most_first, _load_oldest(act))


def _count_today(act: Act) -> tuple[int, int]:
    today = day_start(city_day(act.now))
    received = sa.select(sa.func.count()).where(Appeal.filed_at >= today, visible_to(act.actor))
    closed = sa.select(sa.func.count()).where(
        Round.closed_at >= today, not_restricted_for(act.actor, Round.appeal_id)
    )
    row = act.session.execute(sa.select(received.scalar_subquery(), closed.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def _count_by_card(act: Act) -> list[tuple[str | None, str, bool, int]]:
    """Count by district, card and whether it is open; the card is that of the worst promise.

    An appeal imported without a date has no card; it is counted too. A closed appeal is counted
    only if its follow-up is late.
    """
    first = _select_first_due(act)
    card = card_at(act.now, first.c.due_at, first.c.warn_at).label("card")
    is_open = Appeal.state.in_(OPEN).label("is_open")
    dated = act.session.execute(
        sa.select(Appeal.district, card, is_open, sa.func.count())
        .join(first, first.c.appeal_id == Appeal.id)
        .where(visible_to(act.actor), sa.or_(is_open, first.c.due_at < whole_second(act.now)))
        .group_by(Appeal.district, card, is_open)
    )
    undated = act.session.execute(
        sa.select(Appeal.district, sa.func.count())
        .where(Appeal.state.in_(OPEN), lacks_promise(*CARRYING_DUTIES), visible_to(act.actor))
        .group_by(Appeal.district)
    )
    without = [(district, Card.NONE.value, True, count) for district, count in undated]
    counted = [(place, str(colour), bool(still), n) for place, colour, still, n in dated]
    return [*counted, *without]


def _load_oldest(act: Act) -> Sequence[Appeal]:
    """Load the open appeals that were filed first."""
    carried = sa.select(Deadline.appeal_id).where(
        Deadline.duty.in_(CARRYING_DUTIES), Deadline.is_running()
    )
    oldest = (
        sa.select(Appeal)
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at, Appeal.id)
        .limit(MAX_OLDEST)
    )
    dated = act.session.scalars(oldest.where(Appeal.id.in_(carried)))
    undated = act.session.scalars(
        oldest.where(Appeal.state.in_(OPEN), lacks_promise(*CARRYING_DUTIES))
    )
    found = sorted([*dated, *undated], key=lambda appeal: (appeal.filed_at, appeal.id))
    return found[:MAX_OLDEST]


def _select_first_due(act: Act) -> sa.Subquery:
    """Select every appeal for which a promise runs, with the moments of the one due first.

    They are NULL where all that runs is a finish that was answered in time.
    """
    since = follow_ups_since(load_reference(act).book.calendar, act.now)
    owed = is_owed(since)
    return (
        sa.select(
            Deadline.appeal_id,
            sa.func.min(Deadline.due_at).filter(owed).label("due_at"),
            sa.func.min(Deadline.warn_at).filter(owed).label("warn_at"),
        )
        .where(Deadline.duty.in_(PROMISES), Deadline.is_running())
        .group_by(Deadline.appeal_id)
        .subquery()
    )
