"""Composite scores of the units of one group: score, 95% interval, band and rank.

A rank alone can mislead. So each score has its interval, a band says whether the unit differs
significantly from its group, no unit is ranked on fewer than 30 cases, and a unit with nothing due
is listed separately (Domain 3.5).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from appeals.domain.messages import Labelled, message
from appeals.domain.vocabulary import Term
from appeals.reporting.measures.cells import NO_NUMBERS, Numbers
from appeals.reporting.measures.measure_names import MeasureName

NORMAL_95_PERCENT = 1.959963984540054
"""The two-sided 95% point of the normal distribution."""
MIN_RANKED_CASES = 30
"""A unit with fewer cases is not ranked."""
SCORE_DECIMALS = 2
"""Decimals of a displayed score; equal displayed scores share a rank."""


class Interval(NamedTuple):
    """A 95% confidence interval."""

    low: float
    high: float


@dataclass(frozen=True)
class ScoreSetting:
    """The rates that make a score, by measure of `catalogue.COLUMNS`, and the weight of each.

    `version` rises when a weight changes.
    """

    name: str
    version: int
    weights: Mapping[MeasureName, int]
    source: str
    label: Labelled


CITY_SETTING = ScoreSetting(
    "house",
    1,
    {
        MeasureName.COMPLETION_OF_DUE: 30,
        MeasureName.CONTACTED_IN_TIME: 20,
        MeasureName.RESOLUTION: 25,
        MeasureName.SATISFACTION: 25,
    },
    "ours: what filings late in the month cannot better, then what citizens say (Domain 3.2, 3.5)",
    message("This city's weights"),
)
SETTINGS = (
    CITY_SETTING,
    ScoreSetting(
        "panjin",
        1,
        {
            MeasureName.COMPLETION: 20,
            MeasureName.SATISFACTION: 30,
            MeasureName.FEEDBACK: 25,
            MeasureName.REACHED: 25,
        },
        "盘锦 2023-01..04 [S70]; how the last 50 divide cannot be told from its table",
        message("Panjin's weights"),
    ),
    ScoreSetting(
        "jungar",
        1,
        {
            MeasureName.CONTACTED_IN_TIME: 30,
            MeasureName.RESOLUTION: 35,
            MeasureName.SATISFACTION: 35,
        },
        "准格尔旗 [S69]",
        message("Jungar's weights"),
    ),
)
"""The city's own weights, by which editions rank, and those that others published (Domain 3.5)."""


class Band(Term):
    """Whether a unit's interval lies above, around or below the score of its group."""

    FIRST = "first", "First: above the group"
    SECOND = "second", "Second: as the group"
    THIRD = "third", "Third: below the group"


@dataclass(frozen=True)
class UnitRates:
    """One unit: how many cases were due, and the two numbers of each rate."""

    key: str
    due: int
    rates: Mapping[MeasureName, Numbers]

    def cases(self, setting: ScoreSetting) -> int:
        """Return n: the fewest cases behind the due base or any rate of the score."""
        return min(
            self.due, *(self.rates.get(name, NO_NUMBERS).denominator for name in setting.weights)
        )


@dataclass(frozen=True)
class UnitScore:
    """One unit's score out of 100, its interval and n; without band and rank on few cases."""

    unit: UnitRates
    cases: int
    score: Fraction | None
    interval: Interval | None
    band: Band | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Ranking:
    """A ranked group.

    Attributes:
        setting: The weights.
        average: The score of all cases of the group together; None where a rate has none.
        ranked: The units with a rank, in its order.
        few: The units with too few cases for a rank.
        apart: The units with nothing due.
    """

    setting: ScoreSetting
    average: Fraction | None
    ranked: tuple[UnitScore, ...]
    few: tuple[UnitScore, ...]
    apart: tuple[UnitRates, ...]


def wilson_interval(met: int, of: int) -> Interval:
    """Return Wilson's 95% interval of a rate, between 0 and 1; without cases, (0, 1)."""
    if not of:
        return Interval(0.0, 1.0)
    rate, z2 = met / of, NORMAL_95_PERCENT * NORMAL_95_PERCENT
    middle = (rate + z2 / (2 * of)) / (1 + z2 / of)
    reach = (
        NORMAL_95_PERCENT / (1 + z2 / of) * math.sqrt(rate * (1 - rate) / of + z2 / (4 * of * of))
    )
    low = 0.0 if met == 0 else middle - reach
    return Interval(low, 1.0 if met == of else middle + reach)


def weighted_score(setting: ScoreSetting, rates: Mapping[MeasureName, Numbers]) -> Fraction | None:
    """Return the weighted mean of the rates, out of 100, exact; None where a rate has no cases."""
    total = Fraction()
    for name, weight in setting.weights.items():
        met, of = rates.get(name, NO_NUMBERS)
        if not of:
            return None
        total += Fraction(weight * met, of)
    return 100 * total / sum(setting.weights.values())


def score_share(
    setting: ScoreSetting, name: MeasureName, numbers: Numbers
) -> tuple[float, float | None]:
    """Return a rate's weight in per cent, and its points of the score (None without cases)."""
    total, weight = sum(setting.weights.values()), setting.weights[name]
    met, of = numbers
    return 100 * weight / total, 100 * weight * met / (total * of) if of else None


def score_interval(setting: ScoreSetting, rates: Mapping[MeasureName, Numbers]) -> Interval | None:
    """Return the 95% interval of a score, out of 100; None where a rate has no cases.

    It combines the Wilson intervals of the rates by the squares of their weighted distances (Zou
    and Donner 2008), which takes the rates as independent. With one rate it is Wilson's.
    """
    middle = weighted_score(setting, rates)
    if middle is None:
        return None
    below = above = 0.0
    for name, weight in setting.weights.items():
        met, of = rates[name]
        low, high = wilson_interval(met, of)
        share = 100 * weight / sum(setting.weights.values())
        below += (share * (met / of - low)) ** 2
        above += (share * (high - met / of)) ** 2
    return Interval(float(middle) - math.sqrt(below), float(middle) + math.sqrt(above))


def rank_units(setting: ScoreSetting, units: Iterable[UnitRates]) -> Ranking:
    """Rank the units of one group; groups are never ranked against each other."""
    group = sorted(units, key=lambda unit: unit.key)
    average = weighted_score(setting, pool_rates(setting, group))
    standings = [_score_unit(setting, unit, average) for unit in group if unit.due]
    enough = [each for each in standings if each.cases >= MIN_RANKED_CASES]
    enough.sort(key=rounded_score, reverse=True)
    return Ranking(
        setting,
        average,
        tuple(_assign_rank(each, enough) for each in enough),
        tuple(each for each in standings if each.cases < MIN_RANKED_CASES),
        tuple(unit for unit in group if not unit.due),
    )


def pool_rates(setting: ScoreSetting, units: Iterable[UnitRates]) -> dict[MeasureName, Numbers]:
    """Add up the rates of all units."""
    sums = dict.fromkeys(setting.weights, NO_NUMBERS)
    for unit in units:
        for name in sums:
            met, of = unit.rates.get(name, NO_NUMBERS)
            sums[name] = Numbers(sums[name].numerator + met, sums[name].denominator + of)
    return sums


def rounded_score(standing: UnitScore) -> Fraction:
    """Return the score as displayed, by which units are ranked; raises ValueError without one."""
    if standing.score is None:
        raise ValueError(f"{standing.unit.key} has no score")
    return round(standing.score, SCORE_DECIMALS)


def _score_unit(setting: ScoreSetting, unit: UnitRates, average: Fraction | None) -> UnitScore:
    cases, reach = unit.cases(setting), score_interval(setting, unit.rates)
    band = None
    if cases >= MIN_RANKED_CASES and reach is not None and average is not None:
        low, high = reach
        band = Band.FIRST if low > average else Band.THIRD if high < average else Band.SECOND
    return UnitScore(unit, cases, weighted_score(setting, unit.rates), reach, band)


def _assign_rank(standing: UnitScore, group: Iterable[UnitScore]) -> UnitScore:
    """Return the unit with its rank: 1 + the number of units with a higher displayed score."""
    better = sum(rounded_score(each) > rounded_score(standing) for each in group)
    return replace(standing, rank=better + 1)
