"""Composite scores, their intervals, bands and shared ranks, within one group of units.

A rank says less than it seems to: so each score bears its interval, bands come before ranks, no
unit is ranked on fewer than 30 cases, and a unit with nothing due stands apart (Domain 3.5).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from appeals.domain.vocabulary import Term
from appeals.reporting.counting.monthly_drafts import Numbers
from appeals.reporting.measures.measure_shapes import Words

NORMAL_95_PERCENT = 1.959963984540054
"""The two-sided 95% point of the normal distribution."""
MIN_RANKED_CASES = 30
"""Cases below which nobody is ranked."""
SCORE_DECIMALS = 2
"""Decimals to which scores are printed; what prints alike shares its rank."""
Interval = tuple[float, float]


@dataclass(frozen=True)
class ScoreSetting:
    """Which rates make a score, and how much each weighs; `version` rises when a weight changes.

    Each weight belongs to a measure of `definitions.COLUMNS`; the score is out of 100.
    """

    name: str
    version: int
    weights: Mapping[str, int]
    source: str
    label: Words


CITY_SETTING = ScoreSetting(
    "house",
    1,
    {"completion_of_due": 30, "contacted_in_time": 20, "resolution": 25, "satisfaction": 25},
    "ours: what filings late in the month cannot better, then what citizens say (Domain 3.2, 3.5)",
    Words("本市方案", "This city's weights"),
)
SETTINGS = (
    CITY_SETTING,
    ScoreSetting(
        "panjin",
        1,
        {"completion": 20, "satisfaction": 30, "feedback": 25, "reached": 25},
        "盘锦 2023-01..04 [S70]; how the last 50 divide cannot be told from its table",
        Words("盘锦方案", "Panjin's weights"),
    ),
    ScoreSetting(
        "jungar",
        1,
        {"contacted_in_time": 30, "resolution": 35, "satisfaction": 35},
        "准格尔旗 [S69]",
        Words("准格尔旗方案", "Jungar's weights"),
    ),
)
"""Our own, by which editions rank, and published ones (Domain 3.5)."""


class Band(Term):
    """Where a unit stands to its group, as far as its cases can tell."""

    FIRST = "first", "第一档（高于本组）", "First: above the group"
    SECOND = "second", "第二档（与本组相当）", "Second: as the group"
    THIRD = "third", "第三档（低于本组）", "Third: below the group"


@dataclass(frozen=True)
class UnitRates:
    """One department: its due cases, and each rate as met and of."""

    key: str
    due: int
    rates: Mapping[str, Numbers]

    def cases(self, setting: ScoreSetting) -> int:
        """Give n: the fewest cases that the score or any of its rates rests on."""
        return min(self.due, *(self.rates.get(name, (0, 0))[1] for name in setting.weights))


@dataclass(frozen=True)
class UnitScore:
    """One unit's score out of 100 with its interval, and n; no band and no rank on few cases."""

    unit: UnitRates
    cases: int
    score: Fraction | None
    interval: Interval | None
    band: Band | None = None
    rank: int | None = None


@dataclass(frozen=True)
class Ranking:
    """A group: the ranked in order, those with too few cases, those with nothing due.

    `average` is the score of all cases of the group together, None where a rate has none.
    """

    setting: ScoreSetting
    average: Fraction | None
    ranked: tuple[UnitScore, ...]
    few: tuple[UnitScore, ...]
    apart: tuple[UnitRates, ...]


def wilson_interval(met: int, of: int) -> Interval:
    """Give Wilson's 95% interval of a rate, within 0 and 1; of nothing it is all there is."""
    if not of:
        return 0.0, 1.0
    rate, z2 = met / of, NORMAL_95_PERCENT * NORMAL_95_PERCENT
    middle = (rate + z2 / (2 * of)) / (1 + z2 / of)
    reach = (
        NORMAL_95_PERCENT / (1 + z2 / of) * math.sqrt(rate * (1 - rate) / of + z2 / (4 * of * of))
    )
    low = 0.0 if met == 0 else middle - reach
    return low, 1.0 if met == of else middle + reach


def weighted_score(setting: ScoreSetting, rates: Mapping[str, Numbers]) -> Fraction | None:
    """Give the weighted mean of the rates out of 100, exactly; None where a rate has no cases."""
    total = Fraction()
    for name, weight in setting.weights.items():
        met, of = rates.get(name, (0, 0))
        if not of:
            return None
        total += Fraction(weight * met, of)
    return 100 * total / sum(setting.weights.values())


def score_share(setting: ScoreSetting, name: str, numbers: Numbers) -> tuple[float, float | None]:
    """Return a rate's weight in per cent and its points of the score; None without cases."""
    total, weight = sum(setting.weights.values()), setting.weights[name]
    met, of = numbers
    return 100 * weight / total, 100 * weight * met / (total * of) if of else None


def score_interval(setting: ScoreSetting, rates: Mapping[str, Numbers]) -> Interval | None:
    """Give the 95% interval of a score, from those of its rates by squares (Zou and Donner 2008).

    The rates are taken as independent. With one rate it is Wilson's.
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
    return float(middle) - math.sqrt(below), float(middle) + math.sqrt(above)


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


def pool_rates(setting: ScoreSetting, units: Iterable[UnitRates]) -> dict[str, Numbers]:
    """Add up the rates of all units."""
    sums = dict.fromkeys(setting.weights, (0, 0))
    for unit in units:
        for name in sums:
            met, of = unit.rates.get(name, (0, 0))
            sums[name] = sums[name][0] + met, sums[name][1] + of
    return sums


def rounded_score(standing: UnitScore) -> Fraction:
    """Give the score of one with enough cases as it is printed, by which ranks are shared."""
    assert standing.score is not None
    return round(standing.score, SCORE_DECIMALS)


def _score_unit(setting: ScoreSetting, unit: UnitRates, average: Fraction | None) -> UnitScore:
    cases, reach = unit.cases(setting), score_interval(setting, unit.rates)
    band = None
    if cases >= MIN_RANKED_CASES and reach is not None and average is not None:
        low, high = reach
        band = Band.FIRST if low > average else Band.THIRD if high < average else Band.SECOND
    return UnitScore(unit, cases, weighted_score(setting, unit.rates), reach, band)


def _assign_rank(standing: UnitScore, group: Iterable[UnitScore]) -> UnitScore:
    """Give one its rank: one more than the units that print a higher score."""
    better = sum(rounded_score(each) > rounded_score(standing) for each in group)
    return replace(standing, rank=better + 1)
