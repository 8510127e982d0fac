"""Checks of published changes between periods: the number, its unit, and its wording.

Volumes change in per cent of the earlier, rates in percentage points (Rules 4). 同比 compares with
the same period of the year before, 环比 with the period before.
"""

from collections.abc import Iterator

from appeals.domain.messages import message
from appeals.reporting.audit.claimed_figures import (
    HUNDRED,
    PERCENT_DECIMALS,
    PERCENT_TOLERANCE,
    ClaimedFigure,
    ClaimedTable,
    FigureUnit,
    FigureVerdict,
)
from appeals.reporting.measures.measure_shapes import NO_CASES
from appeals.reporting.tables.period_comparisons import Comparison, compare_periods

COMPARISON_WORDS = {
    Comparison.YEAR: ("同比", "较上年", "去年同期", "year on year", "y/y"),
    Comparison.LAST: ("环比", "较上月", "较上季", "较上周", "较上期", "month on month", "m/m"),
}
"""The wordings that state this comparison."""


def check_changes(table: ClaimedTable) -> Iterator[FigureVerdict]:
    """Check that a published change is the one between the two published figures."""
    for each in table.of(FigureUnit.POINTS, FigureUnit.PERCENT_CHANGE):
        unit = FigureUnit.PERCENT if each.unit is FigureUnit.POINTS else FigureUnit.COUNT
        if pair := _find_compared_figures(table, unit, each):
            yield (_judge_points if each.unit is FigureUnit.POINTS else _judge_percent)(each, *pair)


def check_units_of_change(table: ClaimedTable) -> Iterator[FigureVerdict]:
    """Check that rates change in percentage points, volumes in per cent."""
    for each in table.of(FigureUnit.POINTS, FigureUnit.PERCENT_CHANGE):
        rate = table.find(FigureUnit.PERCENT, each.name, each.period)
        count = table.find(FigureUnit.COUNT, each.name, each.period)
        if each.unit is FigureUnit.PERCENT_CHANGE and rate and not count:
            fault = message("a rate changes in percentage points")
            yield FigureVerdict(each, "units_of_change", _in_points(table, each), fault)
        elif each.unit is FigureUnit.POINTS and count and not rate:
            pair = _find_compared_figures(table, FigureUnit.COUNT, each)
            right = _judge_percent(each, *pair).right if pair else None
            fault = message("a volume changes in per cent")
            yield FigureVerdict(each, "units_of_change", right, fault)


def check_wordings(table: ClaimedTable) -> Iterator[FigureVerdict]:
    """Check that the wording of a change (同比, 环比) fits the period it is compared with."""
    for each in table.of(FigureUnit.POINTS, FigureUnit.PERCENT_CHANGE):
        text = each.wording.lower()
        said = {
            kind for kind, words in COMPARISON_WORDS.items() if any(word in text for word in words)
        }
        is_ = compare_periods(each.period, each.compared_with)
        if len(said) > 1 or (said and is_ and is_ not in said):
            right = is_.label("zh") if is_ else None
            fault = message(
                "“%(wording)s”, but it is compared with %(period)s",
                wording=each.wording,
                period=each.compared_with or message("no period"),
            )
            yield FigureVerdict(each, "wordings", right, fault)


def _find_compared_figures(
    table: ClaimedTable, unit: FigureUnit, change: ClaimedFigure
) -> tuple[ClaimedFigure, ClaimedFigure] | None:
    now = table.find(unit, change.name, change.period)
    before = table.find(unit, change.name, change.compared_with)
    return (now, before) if now and before else None


def _judge_points(each: ClaimedFigure, now: ClaimedFigure, before: ClaimedFigure) -> FigureVerdict:
    right = now.number - before.number
    shown = f"{right:+} pp"
    if abs(each.number - right) <= max(PERCENT_TOLERANCE, each.half + now.half + before.half):
        return FigureVerdict(each, "changes", shown)
    fault = message(
        "%(change)s is %(right)s pp, not %(stated)s",
        change=f"{before.shown} → {now.shown}",
        right=f"{right:+}",
        stated=f"{each.number:+}",
    )
    return FigureVerdict(each, "changes", shown, fault)


def _judge_percent(each: ClaimedFigure, now: ClaimedFigure, before: ClaimedFigure) -> FigureVerdict:
    step = now.number - before.number
    right = (
        f"{HUNDRED * step / before.number:+.{PERCENT_DECIMALS}f}%" if before.number else NO_CASES
    )
    if before.number and each.near(HUNDRED * step / before.number):
        return FigureVerdict(each, "changes", right)
    later = bool(now.number) and each.near(HUNDRED * step / now.number)
    values = {"fraction": f"{before.shown} → {now.shown}", "right": right, "stated": each.shown}
    fault = (
        message("%(fraction)s is %(right)s, not %(stated)s (which is over the later)", **values)
        if later
        else message("%(fraction)s is %(right)s, not %(stated)s", **values)
    )
    return FigureVerdict(each, "changes", right, fault)


def _in_points(table: ClaimedTable, each: ClaimedFigure) -> str | None:
    """Return a rate's change in points: from both rates, else as the table states it in points."""
    if pair := _find_compared_figures(table, FigureUnit.PERCENT, each):
        return _judge_points(each, *pair).right
    beside = (
        one
        for one in table.of(FigureUnit.POINTS)
        if one.name == each.name
        and (one.period, one.compared_with) == (each.period, each.compared_with)
    )
    found = next(beside, None)
    return f"{found.number:+} pp" if found else None
