"""Printed changes against another period: recomputed, in the right unit, in the right words.

Volumes change in per cent of the earlier, rates in percentage points (Rules 4). 同比 compares with
the same period of the year before, 环比 with the period before.
"""

from collections.abc import Iterator

from appeals.reporting.audit.claimed_figures import (
    HUNDRED,
    NEAR,
    PLACES,
    Printed,
    Table,
    Unit,
    Verdict,
)
from appeals.reporting.measures.measure_shapes import NOTHING, Words
from appeals.reporting.tables.period_comparisons import Comparison, compare_periods

SAID = {
    Comparison.YEAR: ("同比", "较上年", "去年同期", "year on year", "y/y"),
    Comparison.LAST: ("环比", "较上月", "较上季", "较上周", "较上期", "month on month", "m/m"),
}
"""The words that say it."""


def changes(table: Table) -> Iterator[Verdict]:
    """Hold a printed change to be the one between the two printed figures."""
    for each in table.of(Unit.POINTS, Unit.PERCENT_CHANGE):
        unit = Unit.PERCENT if each.unit is Unit.POINTS else Unit.COUNT
        if pair := _pair(table, unit, each):
            yield (_points if each.unit is Unit.POINTS else _per_cent)(each, *pair)


def units_of_change(table: Table) -> Iterator[Verdict]:
    """Rates change in percentage points, volumes in per cent."""
    for each in table.of(Unit.POINTS, Unit.PERCENT_CHANGE):
        rate = table.find(Unit.PERCENT, each.name, each.period)
        count = table.find(Unit.COUNT, each.name, each.period)
        if each.unit is Unit.PERCENT_CHANGE and rate and not count:
            zh, en = "比率的增减应以百分点表示", "a rate changes in percentage points"
            yield Verdict(each, "units_of_change", _in_points(table, each), Words(zh, en))
        elif each.unit is Unit.POINTS and count and not rate:
            pair = _pair(table, Unit.COUNT, each)
            right = _per_cent(each, *pair).right if pair else None
            zh, en = "数量的增减应以百分比表示", "a volume changes in per cent"
            yield Verdict(each, "units_of_change", right, Words(zh, en))


def wordings(table: Table) -> Iterator[Verdict]:
    """Hold the words printed with a change to say with what it is compared."""
    for each in table.of(Unit.POINTS, Unit.PERCENT_CHANGE):
        text = each.wording.lower()
        said = {kind for kind, words in SAID.items() if any(word in text for word in words)}
        is_ = compare_periods(each.period, each.compared_with)
        if len(said) > 1 or (said and is_ and is_ not in said):
            right = is_.zh if is_ else None
            fault = Words(
                f"“{each.wording}”，而所比的是 {each.compared_with or '未注明的时期'}",
                f"“{each.wording}”, but it is compared with {each.compared_with or 'no period'}",
            )
            yield Verdict(each, "wordings", right, fault)


def _pair(table: Table, unit: Unit, change: Printed) -> tuple[Printed, Printed] | None:
    now = table.find(unit, change.name, change.period)
    before = table.find(unit, change.name, change.compared_with)
    return (now, before) if now and before else None


def _points(each: Printed, now: Printed, before: Printed) -> Verdict:
    right = now.number - before.number
    shown = Words(f"{right:+} 个百分点", f"{right:+} pp")
    if abs(each.number - right) <= max(NEAR, each.half + now.half + before.half):
        return Verdict(each, "changes", shown.en)
    text = f"{before.shown} → {now.shown}"
    fault = Words(
        f"{text} 为 {shown.zh}，而非 {each.number:+}", f"{text} is {shown.en}, not {each.number:+}"
    )
    return Verdict(each, "changes", shown.en, fault)


def _per_cent(each: Printed, now: Printed, before: Printed) -> Verdict:
    step = now.number - before.number
    right = f"{HUNDRED * step / before.number:+.{PLACES}f}%" if before.number else NOTHING
    if before.number and each.near(HUNDRED * step / before.number):
        return Verdict(each, "changes", right)
    later = bool(now.number) and each.near(HUNDRED * step / now.number)
    text = f"{before.shown} → {now.shown}"
    fault = Words(
        f"{text} 为 {right}，而非 {each.shown}" + ("（误以本期为分母）" if later else ""),
        f"{text} is {right}, not {each.shown}" + (" (which is over the later)" if later else ""),
    )
    return Verdict(each, "changes", right, fault)


def _in_points(table: Table, each: Printed) -> str | None:
    """Give the change of a rate in points: from both rates, else as printed elsewhere in points."""
    if pair := _pair(table, Unit.PERCENT, each):
        return _points(each, *pair).right
    beside = (
        one
        for one in table.of(Unit.POINTS)
        if one.name == each.name
        and (one.period, one.compared_with) == (each.period, each.compared_with)
    )
    found = next(beside, None)
    return f"{found.number:+} pp" if found else None
