"""The wall display: live figures for a room, without any citizen's words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import not_restricted_for, shown_on_wall_to
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
from appeals.queries.live import DepartmentLoad, count_loads
from appeals.reference.reference_data import load_reference

MAX_OLDEST = 8
MAX_UNITS = 10
"""So many departments are shown, those with the most red cases."""
SECONDS_OF_AN_HOUR = 3600
RED_FIRST = (Card.RED, Card.YELLOW, Card.GREEN, Card.NONE)
CARRYING_DUTIES = (Duty.DISPATCH, Duty.FINISH)
"""One of these duties runs for every open appeal that was filed here: the first until its dispatch,
the second until its closing."""


@dataclass(frozen=True)
class DistrictLoad:
    """The appeals of one district (None: not known): the open ones, and all of them by card.

    A closed appeal whose follow-up is late is not open, but has a red card.
    """

    code: str | None
    open: int = 0
    cards: Counter[Card] = field(default_factory=Counter)

    @property
    def red(self) -> int:
        """Return how many are red."""
        return self.cards[Card.RED]


@dataclass(frozen=True)
class DayCourse:
    """What happened today, hour by hour, from midnight to the hour that is running."""

    received: tuple[int, ...]
    dispatched: tuple[int, ...]
    closed: tuple[int, ...]


@dataclass(frozen=True)
class Wall:
    """The figures of one moment: those of today, the open appeals, and the oldest of them.

    `districts` and `units` (departments by code) have those with the most first.
    """

    at: datetime
    course: DayCourse
    open: int
    overdue: int
    cards: dict[Card, int]
    districts: list[DistrictLoad]
    units: list[tuple[str, DepartmentLoad]]
    oldest: Sequence[Appeal]

    @property
    def day(self) -> date:
        """Return the day (Asia/Shanghai) that is today."""
        return city_day(self.at)

    @property
    def red(self) -> int:
        """Return how many cases are red."""
        return self.cards[Card.RED]

    @property
    def received(self) -> int:
        """Return how many appeals were filed today."""
        return sum(self.course.received)

    @property
    def dispatched(self) -> int:
        """Return how many appeals were dispatched for the first time today."""
        return sum(self.course.dispatched)

    @property
    def closed(self) -> int:
        """Return how many appeals were closed today."""
        return sum(self.course.closed)

    def count_days(self, appeal: Appeal) -> int:
        """Return how many days ago an appeal was filed."""
        return (self.day - city_day(appeal.filed_at)).days


def load_wall(act: Act) -> Wall:
    """Load the wall at the act's moment, in nine statements."""
    districts = _count_districts(act)
    cards = {card: sum(each.cards[card] for each in districts) for card in RED_FIRST}
    if not cards[Card.NONE]:
        del cards[Card.NONE]
    return Wall(
        at=act.now,
        course=_count_hours(act),
        open=sum(each.open for each in districts),
        overdue=count_late_of_city(act).overdue,
        cards=cards,
        districts=districts,
        units=_count_units(act),
        oldest=_load_oldest(act),
    )


def _count_hours(act: Act) -> DayCourse:
    """Count what was received, dispatched and closed in each hour of today, in one statement."""
    today = day_start(city_day(act.now))
    of_round = not_restricted_for(act.actor, Round.appeal_id)
    events = (
        (Appeal.filed_at, shown_on_wall_to(act.actor)),
        (Round.first_dispatched_at, of_round),
        (Round.closed_at, of_round),
    )
    parts = []
    for n, (at, is_shown) in enumerate(events):
        seconds = sa.extract("epoch", at - sa.literal(today))
        hour = sa.func.floor(seconds / SECONDS_OF_AN_HOUR).label("hour")
        counted = sa.select(sa.literal(n).label("n"), hour, sa.func.count())
        parts.append(counted.where(at >= today, is_shown).group_by(hour))
    found = {(n, int(hour)): count for n, hour, count in act.session.execute(sa.union_all(*parts))}
    last = int((act.now - today).total_seconds()) // SECONDS_OF_AN_HOUR
    return DayCourse(
        *(tuple(found.get((n, hour), 0) for hour in range(last + 1)) for n in range(len(events)))
    )


def _count_units(act: Act) -> list[tuple[str, DepartmentLoad]]:
    """Count the departments' open work: those with the most red cases, overdue ones, open ones."""
    loads = count_loads(act).items()
    red_first = sorted(loads, key=lambda each: (-each[1].red, -each[1].overdue, -each[1].open))
    return red_first[:MAX_UNITS]


def _count_districts(act: Act) -> list[DistrictLoad]:
    """Count the appeals of every district of the city, that with the most first."""
    city = load_reference(act)
    cards: dict[str | None, Counter[Card]] = {
        area.code: Counter() for area in city.by_parent(city.areas)[None]
    }
    open_now: Counter[str | None] = Counter()
    for district, card, is_open, count in _count_by_card(act):
        open_now[district] += count * is_open
        cards.setdefault(district, Counter())[Card(card)] += count
    most_first = sorted(cards, key=lambda code: -cards[code].total())
    return [DistrictLoad(code, open_now[code], cards[code]) for code in most_first]


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
        .where(shown_on_wall_to(act.actor), sa.or_(is_open, first.c.due_at < whole_second(act.now)))
        .group_by(Appeal.district, card, is_open)
    )
    undated = act.session.execute(
        sa.select(Appeal.district, sa.func.count())
        .where(Appeal.state.in_(OPEN), lacks_promise(*CARRYING_DUTIES), shown_on_wall_to(act.actor))
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
        .where(shown_on_wall_to(act.actor))
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
