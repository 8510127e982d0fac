"""The comparison basis of a report: the earlier reports, the groups of units, the score's weights.

Figures are compared year on year (同比) and with the period before (环比), units in their group.
A draft's basis is looked up on each use. An edition stores its basis when it is published, and is
compared with those same earlier editions, groups and weights from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appeals.act import Act
from appeals.domain.calendar import ONE_DAY, Period, city_day
from appeals.domain.vocabulary import Tier
from appeals.models.report import Report
from appeals.reference.reference_data import Reference, load_reference
from appeals.reporting.counting.monthly_drafts import find_draft, find_edition
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.ranking import CITY_SETTING, SETTINGS, ScoreSetting

Figures = Mapping[Cell, Numbers]
EARLIER_PERIODS = {
    Comparison.LAST: Period.before,
    Comparison.YEAR: Period.year_before,
}
"""How each comparison finds its earlier period."""


@dataclass(frozen=True)
class ComparisonBasis:
    """What a report is compared with.

    `earlier` lacks a comparison for which there is no report; `groups` are the codes of the units
    of each tier; `setting` are the weights of the score.
    """

    earlier: Mapping[Comparison, Report]
    groups: Mapping[Tier, tuple[str, ...]]
    setting: ScoreSetting


def find_basis(act: Act, report: Report) -> ComparisonBasis:
    """Return the basis: of an edition as it stores it, of a draft as it is now."""
    stored = report.comparison_basis
    if stored is None:
        period = Period(report.start, report.end)
        return ComparisonBasis(
            _find_earlier_reports(act, period),
            _group_units(load_reference(act), period),
            CITY_SETTING,
        )
    earlier = stored["earlier"]
    found = {
        comparison: find_edition(
            act, Period.parse(earlier[comparison]["month"]), earlier[comparison]["edition"]
        )
        for comparison in Comparison
        if comparison in earlier
    }
    groups = {tier: tuple(stored["groups"].get(tier, ())) for tier in Tier}
    score = (stored["score"]["name"], stored["score"]["version"])
    setting = next((each for each in SETTINGS if (each.name, each.version) == score), CITY_SETTING)
    return ComparisonBasis({c: report for c, report in found.items() if report}, groups, setting)


def serialize_basis(act: Act, draft: Report) -> dict[str, dict[str, Any]]:
    """Return the draft's basis as plain values, which the edition stores under its digest."""
    now = find_basis(act, draft)
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


def select_comparable(report: Report, earlier: Report, figures: Figures) -> Figures:
    """Return an earlier report's figures of measures that have the same version in this one."""
    same = {name for name, _ in _measure_versions(report) & _measure_versions(earlier)}
    return {cell: numbers for cell, numbers in figures.items() if cell.measure in same}


def _find_earlier_reports(act: Act, period: Period) -> dict[Comparison, Report]:
    """Return each earlier period's newest edition, else its draft."""
    found = {
        comparison: find_edition(act, earlier(period)) or find_draft(act, earlier(period))
        for comparison, earlier in EARLIER_PERIODS.items()
    }
    return {comparison: report for comparison, report in found.items() if report}


def _group_units(city: Reference, period: Period) -> dict[Tier, tuple[str, ...]]:
    """Return the units in force on the period's last day, by tier."""
    units = city.departments_on(city_day(period.end - ONE_DAY)).values()
    return {tier: tuple(unit.code for unit in units if unit.tier is tier) for tier in Tier}


def _measure_versions(report: Report) -> set[tuple[str, str]]:
    return {(str(each["name"]), str(each["version"])) for each in report.definitions}
