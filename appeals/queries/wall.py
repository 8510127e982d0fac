"""The wall display: live figures for a room, without any citizen's words."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import not_restricted_for, visible_to
from appeals.domain.calendar import city_day, day_start
from appeals.domain.states import OPEN
from appeals.domain.vocabulary import Card, Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Round
from appeals.queries.filters import card_at, lacks_promise

MAX_OLDEST = 8
CARRYING_DUTIES = (Duty.DISPATCH, Duty.FINISH)
"""One of these duties runs for every open appeal that was filed here: the first until its dispatch,
the second until its closing."""


@dataclass(frozen=True)
class Wall:
    """The figures of this moment: those of today, the open appeals, and the oldest of them.

    `districts` has the open appeals by district (None: not known) and card, most first.
    """

    received: int
    closed: int
    cards: dict[Card, int]
    districts: list[tuple[str | None, dict[Card, int]]]
    oldest: Sequence[Appeal]

    @property
    def open(self) -> int:
        """Count the open appeals."""
        return sum(self.cards.values())


def load_wall(act: Act) -> Wall:
    """Load the wall at the act's moment, in five statements."""
    districts: dict[str | None, dict[Card, int]] = {}
    for district, card, count in _count_open(act):
        districts.setdefault(district, dict.fromkeys(Card, 0))[Card(card)] += count
    cards = {card: sum(each[card] for each in districts.values()) for card in Card}
    if not cards[Card.NONE]:
        for counted in (cards, *districts.values()):
            del counted[Card.NONE]
    most_first = sorted(districts.items(), key=lambda each: -sum(each[1].values()))
    return Wall(*_count_today(act), cards, most_first, _load_oldest(act))


def _count_today(act: Act) -> tuple[int, int]:
    today = day_start(city_day(act.now))
    received = sa.select(sa.func.count()).where(Appeal.filed_at >= today, visible_to(act.actor))
    closed = sa.select(sa.func.count()).where(
        Round.closed_at >= today, not_restricted_for(act.actor, Round.appeal_id)
    )
    row = act.session.execute(sa.select(received.scalar_subquery(), closed.scalar_subquery())).one()
    return int(row[0]), int(row[1])


def _count_open(act: Act) -> list[tuple[str | None, str, int]]:
    """Count the open appeals by district and by the card of the promise that is due first.

    An appeal imported without a date has no card; it is counted too.
    """
    first = _select_first_due()
    card = card_at(act.now, first.c.due_at, first.c.warn_at).label("card")
    dated = act.session.execute(
        sa.select(Appeal.district, card, sa.func.count())
        .join(first, first.c.appeal_id == Appeal.id)
        .where(visible_to(act.actor))
        .group_by(Appeal.district, card)
    )
    undated = act.session.execute(
        sa.select(Appeal.district, sa.func.count())
        .where(Appeal.state.in_(OPEN), lacks_promise(*CARRYING_DUTIES), visible_to(act.actor))
        .group_by(Appeal.district)
    )
    without = [(district, Card.NONE.value, count) for district, count in undated]
    return [*((district, colour, count) for district, colour, count in dated), *without]


def _load_oldest(act: Act) -> Sequence[Appeal]:
    """Load the open appeals that were filed first."""
    first = _select_first_due()
    oldest = (
        sa.select(Appeal)
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at, Appeal.id)
        .limit(MAX_OLDEST)
    )
    dated = act.session.scalars(oldest.join(first, first.c.appeal_id == Appeal.id))
    undated = act.session.scalars(
        oldest.where(Appeal.state.in_(OPEN), lacks_promise(*CARRYING_DUTIES))
    )
    found = sorted([*dated, *undated], key=lambda appeal: (appeal.filed_at, appeal.id))
    return found[:MAX_OLDEST]


def _select_first_due() -> sa.Subquery:
    """Select every open appeal with the moments of its promise that is due first."""
    return (
        sa.select(
            Deadline.appeal_id,
            sa.func.min(Deadline.due_at).label("due_at"),
            sa.func.min(Deadline.warn_at).label("warn_at"),
        )
        .where(
            Deadline.duty.in_(CARRYING_DUTIES),
            Deadline.is_running(),
        )
        .group_by(Deadline.appeal_id)
        .subquery()
    )
