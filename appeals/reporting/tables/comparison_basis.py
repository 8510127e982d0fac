"""What a report stands beside: the period before, the year before, its groups and its weights.

A draft stands beside what is there now. An edition keeps what it stood beside when it was
published: which earlier editions (they never change), which units made a group, which weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appeals.act import Act
from appeals.domain.calendar import ONE_DAY, Period, city_day
from appeals.domain.vocabulary import Tier
from appeals.models.report import Report
from appeals.reference.reference_data import Reference, load_reference
from appeals.reporting.counting.monthly_drafts import Cell, Numbers, draft_of, edition_of
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.ranking import HOUSE, SETTINGS, Setting

Figures = Mapping[Cell, Numbers]
EARLIER = {
    Comparison.LAST: Period.before,
    Comparison.YEAR: Period.year_before,
}
"""The period that each comparison is with."""


@dataclass(frozen=True)
class Beside:
    """What a report stands beside; a comparison is lacking where there is no such report.

    `groups` gives the units of each tier by code, `setting` the weights of the score.
    """

    earlier: Mapping[Comparison, Report]
    groups: Mapping[Tier, tuple[str, ...]]
    setting: Setting


def of(act: Act, report: Report) -> Beside:
    """Give what the report stands beside: as an edition keeps it, or as it is now."""
    kept = report.beside
    if kept is None:
        period = Period(report.start, report.end)
        return Beside(_now(act, period), _groups(load_reference(act), period), HOUSE)
    earlier = kept["earlier"]
    found = {
        comparison: edition_of(
            act, Period.parse(earlier[comparison]["month"]), earlier[comparison]["edition"]
        )
        for comparison in Comparison
        if comparison in earlier
    }
    groups = {tier: tuple(kept["groups"].get(tier, ())) for tier in Tier}
    score = (kept["score"]["name"], kept["score"]["version"])
    setting = next((each for each in SETTINGS if (each.name, each.version) == score), HOUSE)
    return Beside({c: report for c, report in found.items() if report}, groups, setting)


def keep(act: Act, draft: Report) -> dict[str, dict[str, Any]]:
    """Give what the draft stands beside as plain values, to be published and sealed with it."""
    now = of(act, draft)
    return {
        "earlier": {
            comparison.value: {
                "month": Period(each.start, each.end).label,
                "edition": each.edition,
                "digest": each.digest,
            }
            for comparison, each in now.earlier.items()
            if each.edition
        },
        "groups": {tier.value: list(codes) for tier, codes in now.groups.items()},
        "score": {
            "name": now.setting.name,
            "version": now.setting.version,
            "weights": dict(now.setting.weights),
        },
    }


def comparable(report: Report, earlier: Report, figures: Figures) -> Figures:
    """Give those of an earlier report's figures whose measures are defined as in this report."""
    alike = {name for name, _ in _versions(report) & _versions(earlier)}
    return {cell: numbers for cell, numbers in figures.items() if cell[-1] in alike}


def _now(act: Act, period: Period) -> dict[Comparison, Report]:
    """Find the newest edition of each earlier period, else its draft."""
    found = {
        comparison: edition_of(act, earlier(period)) or draft_of(act, earlier(period))
        for comparison, earlier in EARLIER.items()
    }
    return {comparison: report for comparison, report in found.items() if report}


def _groups(city: Reference, period: Period) -> dict[Tier, tuple[str, ...]]:
    """Give the units in force on the period's last day, by tier."""
    units = city.departments_on(city_day(period.end - ONE_DAY)).values()
    return {tier: tuple(unit.code for unit in units if unit.tier == tier) for tier in Tier}


def _versions(report: Report) -> set[tuple[str, str]]:
    return {(str(each["name"]), str(each["version"])) for each in report.definitions}
