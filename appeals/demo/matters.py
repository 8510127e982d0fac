"""What citizens of a made-up city file about: its matters and its phrases, read from two CSV files.

The matters are those of Domain 5.2 and 7 in our own words. A matter comes up in its season and by
its weather; its place is a town or the coast where it could happen nowhere else.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from random import Random

from appeals.domain.vocabulary import Kind, NotAcceptedReason


class Weather(StrEnum):
    """The weather of a day, as far as it makes people file."""

    FAIR = "fair"
    RAIN = "rain"
    STORM = "storm"
    COLD = "cold"
    HEAT = "heat"


WEATHER_FACTORS: Mapping[Weather, Mapping[Weather, float]] = {
    Weather.STORM: {Weather.FAIR: 0.25, Weather.RAIN: 1.5, Weather.STORM: 30},
    Weather.RAIN: {Weather.FAIR: 0.5, Weather.RAIN: 2.5, Weather.STORM: 12},
    Weather.COLD: {Weather.FAIR: 0.8, Weather.COLD: 3},
    Weather.HEAT: {Weather.FAIR: 0.7, Weather.HEAT: 4, Weather.STORM: 2},
}
"""How often a matter of some weather comes up, by the weather of the day; not listed: as FAIR."""


@dataclass(frozen=True, slots=True)
class Season:
    """The days of the year from `first` to `last`, both as (month, day); it may cross New Year."""

    first: tuple[int, int]
    last: tuple[int, int]

    @classmethod
    def parse(cls, text: str) -> "Season":
        """Read a season such as 1116-0405, from 16 November to 5 April."""
        months = [int(text[at : at + 2]) for at in (0, 2, 5, 7)]
        return cls((months[0], months[1]), (months[2], months[3]))

    def covers(self, day: date) -> bool:
        """Return whether the day is in the season."""
        at = day.month, day.day
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True)
class Matter:
    """One thing that people file about, with the answer of whoever solves it.

    `since` names the phrases that say how long it has lasted, `place` where it can happen (coast,
    rural or anywhere), `not_accepted` why the centre does not accept it.
    """

    category: str
    kind: Kind
    weight: float
    subject: str
    text: str
    answer: str
    since: str = ""
    place: str = ""
    season: Season | None = None
    weather: Weather | None = None
    not_accepted: NotAcceptedReason | None = None

    def weight_on(self, day: date, weather: Weather) -> float:
        """Return how often the matter comes up on a day, relative to the others."""
        if self.season and not self.season.covers(day):
            return 0
        if self.weather is None:
            return self.weight
        factors = WEATHER_FACTORS[self.weather]
        return self.weight * factors.get(weather, factors[Weather.FAIR])


class Phrases:
    """Phrases by their use, such as `wish.complaint`."""

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        """Sort the rows of the file by use."""
        self.texts: dict[str, list[str]] = {}
        for row in rows:
            self.texts.setdefault(row["use"], []).append(row["text"])

    def pick(self, rng: Random, use: str, detail: str = "") -> str:
        """Pick a phrase of `use.detail`, else of `use`; nothing where the file has neither."""
        texts = self.texts.get(f"{use}.{detail}") or self.texts.get(use)
        return rng.choice(texts) if texts else ""


@cache
def load_matters() -> tuple[Matter, ...]:
    """Return the matters of the file."""
    return tuple(
        Matter(
            category=row["category"],
            kind=Kind(row["kind"]),
            weight=float(row["weight"]),
            subject=row["subject"],
            text=row["text"],
            answer=row["answer"],
            since=row["since"],
            place=row["place"],
            season=Season.parse(row["season"]) if row["season"] else None,
            weather=Weather(row["weather"]) if row["weather"] else None,
            not_accepted=NotAcceptedReason(row["not_accepted"]) if row["not_accepted"] else None,
        )
        for row in _read_csv("matters")
    )


@cache
def load_phrases() -> Phrases:
    """Return the phrases of the file."""
    return Phrases(_read_csv("phrases"))


def _read_csv(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
