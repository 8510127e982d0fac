"""A city's year, made up: how many file what and when, and how their appeals then go.

Every step is a move the rules allow, made by the role that makes it and at an hour it would;
the shares below are guesses in the range of published figures (Domain 1.5), not facts.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import TypeVar

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.bulk import AT_ONCE, Bulk, Played, Step
from appeals.casework.filing import Filing
from appeals.domain.calendar import ONE_DAY, SHANGHAI, Calendar, Period, city_day
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.refusals import not_now
from appeals.domain.states import Action
from appeals.domain.vocabulary import Channel, Kind
from appeals.reference import Reference
from appeals.simulated_lives import Lives

KINDS = {
    Kind.CONSULTATION: 46,
    Kind.HELP: 27,
    Kind.COMPLAINT: 19,
    Kind.REPORT: 3,
    Kind.SUGGESTION: 3,
    Kind.PRAISE: 1,
    Kind.OTHER: 1,
}
CHANNELS = {
    Channel.PHONE: 78,
    Channel.WECHAT: 7,
    Channel.WEB: 4,
    Channel.APP: 4,
    Channel.MAYOR_MAILBOX: 3,
    Channel.PEOPLE_CN_BOARD: 1,
    Channel.NEWSPAPER: 1,
    Channel.TV_RADIO: 1,
    Channel.DEPT_HOTLINE: 1,
}
MONTHS = (1.05, 0.8, 1.0, 1.0, 1.0, 1.02, 1.1, 1.1, 1.0, 0.95, 1.08, 1.1)
"""January to December: storms in summer, heating from November."""
DAY_OFF = 0.6
HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 16, 20, 19, 15, 10, 13, 17, 18, 16, 13, 10, 9, 8, 6, 4, 3)
"""How many file in each hour of a day."""
SEASONAL = {"utility.heating": (4, 3, 2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.8, 4, 4)}
NO_PLACE = 0.15
OPERATOR = Actor(Role.OPERATOR)
ONLINE = {Channel.WECHAT, Channel.WEB, Channel.APP}


T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """The year to make: whole Shanghai days, how many appeals, and what all chance comes from."""

    period: Period
    appeals: int
    seed: int


@dataclass(frozen=True)
class Written:
    """What one transaction wrote."""

    appeals: int
    rows: int


def run(act: Act, plan: Plan) -> Iterator[Written]:
    """Write the year, 10,000 appeals to a transaction, and tell of each.

    Raises Refused (not now) in a city without categories and departments.
    """
    rng = random.Random(plan.seed)  # noqa: S311 - a made-up year keeps no secret
    bulk = Bulk(act)
    people, lives = People(rng, bulk.city), Lives(rng, bulk, plan.period.end)
    filings = _moments(rng, plan, bulk.city.book.calendar)
    left = plan.appeals
    while left > 0:
        act.session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        some = min(left, AT_ONCE)
        rows = bulk.write([_one(bulk, people, lives, next(filings)) for _ in range(some)])
        act.session.commit()
        left -= some
        yield Written(some, rows)


def _one(bulk: Bulk, people: "People", lives: Lives, at: datetime) -> Played:
    filing = people.filing(at)
    filer = STRANGER if filing.channel in ONLINE else OPERATOR
    played = bulk.file(filing, Step(Action.FILE, {}, at, filer))
    lives.live(played)
    return played


def _moments(rng: random.Random, plan: Plan, calendar: Calendar) -> Iterator[datetime]:
    """Give the moments of filing in order: days by season and week, hours by their share."""
    first, last = city_day(plan.period.start), city_day(plan.period.end)
    days = [first + n * ONE_DAY for n in range((last - first).days)]
    shares = list(accumulate(_share(day, calendar) for day in days))
    before = 0
    for day, share in zip(days, shares, strict=True):
        upto = round(plan.appeals * share / shares[-1])
        yield from _of_day(rng, day, upto - before)
        before = upto


def _share(day: date, calendar: Calendar) -> float:
    return MONTHS[day.month - 1] * (1.0 if calendar.is_working(day) else DAY_OFF)


def _of_day(rng: random.Random, day: date, count: int) -> Iterator[datetime]:
    midnight = datetime.combine(day, time(), SHANGHAI)
    hours = rng.choices(range(24), HOURS, k=count)
    for second in sorted(3600 * hour + rng.randrange(3600) for hour in hours):
        yield (midnight + timedelta(seconds=second)).astimezone(UTC)


class People:
    """Who files what: kinds, channels, matters and places by their share."""

    def __init__(self, rng: random.Random, city: Reference) -> None:
        """Read the city's matters and places; the same ones come up often in every batch."""
        self.rng = rng
        self.city = city
        parents = {row.parent for row in city.categories.values()}
        self.matters = [code for code in city.categories if code not in parents]
        self.streets = [row for row in city.areas.values() if row.parent]
        if not self.matters or not city.departments:
            raise not_now("请先载入城市数据。", "Load the city's reference data first.")
        chance = random.Random(0)  # noqa: S311 - which matters are common does not change
        usual = [1 / (1 + chance.randrange(40)) for _ in self.matters]
        self.of_month = [
            [w * SEASONAL.get(m, MONTHS)[n] for m, w in zip(self.matters, usual, strict=True)]
            for n in range(len(MONTHS))
        ]

    def filing(self, at: datetime) -> Filing:
        """Give a filing of that moment."""
        rng, month = self.rng, city_day(at).month - 1
        category = _one_of(rng, self.matters, self.of_month[month])
        street = rng.choice(self.streets) if self.streets and rng.random() > NO_PLACE else None
        matter = self.city.categories[category]
        return Filing(
            kind=_one_of(rng, tuple(KINDS), tuple(KINDS.values())),
            channel=_one_of(rng, tuple(CHANNELS), tuple(CHANNELS.values())),
            category=category,
            district=street.parent if street else None,
            street=street.code if street else None,
            subject=f"{matter.zh}问题",
            detail=f"反映{matter.zh}问题。",
        )


def _one_of(rng: random.Random, these: Sequence[T], weights: Sequence[float]) -> T:
    return rng.choices(these, weights)[0]
