"""Filings of a simulated year: what people file, where, through which channel, and when.

The shares are guesses in the range of published figures (Domain 1.2, 1.5), not facts.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import TypeVar

from appeals.demo.stories import local_units_without_rule
from appeals.domain.calendar import SHANGHAI, Calendar, city_day
from appeals.domain.filing import Filing
from appeals.domain.refusals import not_now
from appeals.domain.vocabulary import Channel, Kind
from appeals.reference.reference_data import Reference

KIND_WEIGHTS = {
    Kind.CONSULTATION: 46,
    Kind.HELP: 27,
    Kind.COMPLAINT: 19,
    Kind.REPORT: 3,
    Kind.SUGGESTION: 3,
    Kind.PRAISE: 1,
    Kind.OTHER: 1,
}
CHANNEL_WEIGHTS = {
    Channel.PHONE: 78,
    Channel.WECHAT: 7,
    Channel.WEB: 4,
    Channel.APP: 4,
    Channel.MAYOR_MAILBOX: 3,
    Channel.PEOPLE_CN_BOARD: 1,
    Channel.NEWSPAPER: 1,
    Channel.TV_RADIO: 1,
    Channel.LETTER: 0.3,
    Channel.VISIT_PETITION: 0.4,
    Channel.GRUMBLE_MEETING: 0.2,
    Channel.UPPER_LEVEL: 0.6,
    Channel.TRANSFER_110: 0.5,
    Channel.DEPT_HOTLINE: 1,
}
MONTH_FACTORS = (1.05, 0.8, 1.0, 1.0, 1.0, 1.02, 1.1, 1.1, 1.0, 0.95, 1.08, 1.1)
"""Factors for January to December: storms in summer, heating from November."""
DAY_OFF_FACTOR = 0.6
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 8, 16, 20, 19, 15, 10, 13, 17, 18, 16, 13, 10, 9, 8, 6, 4, 3)
"""The weight of each hour of a day, 0 to 23."""
SEASONAL_FACTORS = {"utility.heating": (4, 3, 2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.8, 4, 4)}
NO_PLACE_SHARE = 0.15
NO_PHONE_SHARE = 0.03
T = TypeVar("T")


def pick_filing_moments(
    rng: random.Random, days: Sequence[date], appeals: int, calendar: Calendar
) -> Iterator[datetime]:
    """Yield random filing times, weighted by season, weekday and hour."""
    shares = list(accumulate(_day_weight(day, calendar) for day in days))
    before = 0
    for day, share in zip(days, shares, strict=True):
        upto = round(appeals * share / shares[-1])
        yield from _pick_moments_of_day(rng, day, upto - before)
        before = upto


def _day_weight(day: date, calendar: Calendar) -> float:
    return MONTH_FACTORS[day.month - 1] * (1.0 if calendar.is_working(day) else DAY_OFF_FACTOR)


def _pick_moments_of_day(rng: random.Random, day: date, count: int) -> Iterator[datetime]:
    midnight = datetime.combine(day, time(), SHANGHAI)
    hours = rng.choices(range(24), HOUR_WEIGHTS, k=count)
    for second in sorted(3600 * hour + rng.randrange(3600) for hour in hours):
        yield (midnight + timedelta(seconds=second)).astimezone(UTC)


def list_categories(city: Reference) -> list[str]:
    """Return the categories that people file under. Raises Refused (not now) in an empty city."""
    parents = {row.parent for row in city.categories.values()}
    found = [code for code in city.categories if code not in parents]
    if not found or not city.departments:
        raise not_now("请先载入城市数据。", "Load the city's reference data first.")
    return found


class SimulatedPeople:
    """Random filings: kinds, channels, matters and places by their shares."""

    def __init__(self, rng: random.Random, city: Reference) -> None:
        """Load the city's categories and areas; the same ones are frequent in every batch."""
        self.rng = rng
        self.city = city
        self.matters = list_categories(city)
        self.units = local_units_without_rule(city)
        self.streets = [row for row in city.areas.values() if row.parent]
        chance = random.Random(0)  # noqa: S311 - which matters are common does not change
        usual = [1 / (1 + chance.randrange(40)) for _ in self.matters]
        self.of_month = [
            [
                w * SEASONAL_FACTORS.get(m, MONTH_FACTORS)[n]
                for m, w in zip(self.matters, usual, strict=True)
            ]
            for n in range(len(MONTH_FACTORS))
        ]

    def write_filing(self, at: datetime) -> Filing:
        """Invent a filing at a given time."""
        rng, month = self.rng, city_day(at).month - 1
        category = _pick_weighted(rng, self.matters, self.of_month[month])
        street = (
            rng.choice(self.streets) if self.streets and rng.random() > NO_PLACE_SHARE else None
        )
        matter = self.city.categories[category]
        return Filing(
            kind=_pick_weighted(rng, tuple(KIND_WEIGHTS), tuple(KIND_WEIGHTS.values())),
            channel=_pick_weighted(rng, tuple(CHANNEL_WEIGHTS), tuple(CHANNEL_WEIGHTS.values())),
            category=category,
            district=street.parent if street else None,
            street=street.code if street else None,
            subject=f"{matter.zh}问题",
            detail=f"反映{matter.zh}问题。",
            complained_department=self._pick_complained(at) if matter.restricted else None,
            contact_phone=self._invent_phone(),
        )

    def _pick_complained(self, at: datetime) -> str | None:
        """Pick the department that a restricted appeal is about; none is dispatched there."""
        return self.units[int(at.timestamp()) % len(self.units)] if self.units else None

    def _invent_phone(self) -> str:
        """Invent an impossible telephone number; a few people leave none."""
        rng = self.rng
        return "" if rng.random() < NO_PHONE_SHARE else f"110{rng.randrange(10**8):08}"


def _pick_weighted(rng: random.Random, these: Sequence[T], weights: Sequence[float]) -> T:
    return rng.choices(these, weights)[0]
