"""Consistency checks of published figures: `RULES`, each over the whole table.

A rule gives a verdict on every figure that it can recompute, with the right figure; the verdict has
a fault if the published figure differs. The rules come from errors that cities have published
(Domain 3.6).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from appeals.domain.messages import context_message, join_texts, message
from appeals.reporting.audit.claimed_changes import (
    check_changes,
    check_units_of_change,
    check_wordings,
)
from appeals.reporting.audit.claimed_figures import (
    HUNDRED,
    PERCENT_DECIMALS,
    ClaimedFigure,
    ClaimedTable,
    FigureUnit,
    FigureVerdict,
    Rounding,
)
from appeals.reporting.audit.rounding import (
    ClaimedShare,
    TableRounding,
    find_roundings,
    list_shares,
)
from appeals.reporting.measures.measure_shapes import NO_CASES


@dataclass(frozen=True)
class TableVerdict:
    """The result for a table: the faults, and the rates and changes that cannot be recomputed."""

    lines: int
    faults: tuple[FigureVerdict, ...]
    unchecked: tuple[ClaimedFigure, ...]
    roundings: tuple[TableRounding, ...]

    @property
    def facts(self) -> dict[str, object]:
        """Return the result as plain values, for JSON."""
        return {
            "lines": self.lines,
            "adds_up": not self.faults,
            "faults": [each.facts for each in self.faults],
            "unchecked": [each.line for each in self.unchecked],
            "rounding": [each.facts for each in self.roundings],
        }


def check_table(table: ClaimedTable) -> TableVerdict:
    """Apply every rule; the faults are sorted by line."""
    verdicts = [each for rule in RULES for each in rule(table)]
    judged = {each.figure.line for each in verdicts}
    return TableVerdict(
        lines=len(table.lines),
        faults=tuple(sorted((v for v in verdicts if v.fault), key=lambda v: v.figure.line)),
        unchecked=tuple(
            each
            for each in table.lines
            if each.unit is not FigureUnit.COUNT and each.line not in judged
        ),
        roundings=tuple(find_roundings(table)),
    )


def check_possible(table: ClaimedTable) -> Iterator[FigureVerdict]:
    """Check that counts are whole and not negative, and percentages between 0 and 100."""
    for each in table.of(FigureUnit.COUNT):
        if each.number < 0 or each.number % 1:
            fault = message("a count is a whole number, not below 0")
            yield FigureVerdict(each, "possible", None, fault)
    for each in table.of(FigureUnit.PERCENT):
        if not 0 <= each.number <= HUNDRED:
            fault = message("a share or rate lies between 0 and 100%")
            yield FigureVerdict(each, "possible", None, fault)


def check_printed_once(table: ClaimedTable) -> Iterator[FigureVerdict]:
    """Check that a figure that stands twice in the table is the same both times."""
    first: dict[tuple[str, ...], ClaimedFigure] = {}
    for each in table.lines:
        before = first.setdefault((each.name, each.period, each.unit, each.compared_with), each)
        if before.value != each.value:
            fault = message("line %(line)s says %(figure)s", line=before.line, figure=before.shown)
            yield FigureVerdict(each, "printed_once", None, fault)


def check_parts(table: ClaimedTable) -> Iterator[FigureVerdict]:
    """Check that parts add up to their total, and a complete list of shares to 100."""
    for unit in (FigureUnit.COUNT, FigureUnit.PERCENT):
        for (period, name, _), group in table.groups(unit).items():
            total = table.find(unit, name, period)
            whole = total.number if total else HUNDRED
            added = sum((each.number for each in group), Decimal())
            over = added - whole
            fault = message(
                "the parts add up to %(sum)s, the total is %(total)s: %(over)s",
                sum=f"{added:,}",
                total=f"{whole:,}",
                over=f"{over:+,}",
            )
            wrong = over != 0 if unit is FigureUnit.COUNT else not _may_be_off(over, group)
            yield FigureVerdict(total or group[0], "parts", f"{added}", fault if wrong else None)


def _may_be_off(over: Decimal, group: Sequence[ClaimedFigure]) -> bool:
    """Return whether rounding can make the sum of these percentages differ by `over` from 100."""
    stated = group[0].rounding
    halves = sum((each.half for each in group), Decimal())
    rounded = stated in {None, Rounding.ROUNDED} and abs(over) <= halves
    cut = stated in {None, Rounding.CUT} and -2 * halves < over <= 0
    return rounded or cut or over == 0


def check_shares(table: ClaimedTable) -> Iterator[FigureVerdict]:
    """Check that a share or rate is its numerator over its denominator; without cases, a dash.

    If the table has no numerator, some whole number must give the percentage.
    """
    misfits = {line for rounding in find_roundings(table) for line in rounding.wrong}
    for each in table.lines:
        part, whole = table.numerator_of(each), table.denominator_of(each)
        if each.unit is FigureUnit.PERCENT and part is not None and whole is not None:
            yield _judge_share(table, each, (part, whole), is_misfit=each.line in misfits)
    for share in list_shares(table):
        if share.numerator is None and share.is_checkable:
            yield _judge_rate(share, is_misfit=share.figure.line in misfits)


def _judge_share(
    table: ClaimedTable, each: ClaimedFigure, of_whole: tuple[Decimal, Decimal], *, is_misfit: bool
) -> FigureVerdict:
    part, whole = of_whole
    of = f"{part:,}/{whole:,}"
    if part > whole:
        fault = message("%(fraction)s: the numerator is larger than the denominator", fraction=of)
        return FigureVerdict(each, "shares", None, fault)
    right = f"{HUNDRED * part / whole:.{PERCENT_DECIMALS}f}%" if whole else NO_CASES
    if not is_misfit and (whole > 0) is (each.value is not None):
        return FigureVerdict(each, "shares", right)
    base = _other_base(table, each, part)
    values = {"fraction": of, "right": right, "stated": each.shown}
    fault = message("%(fraction)s is %(right)s, not %(stated)s", **values)
    if base:
        fault = message(
            "%(fraction)s is %(right)s, not %(stated)s (which is over %(base)s)",
            **values,
            base=f"{base:,}",
        )
    return FigureVerdict(each, "shares", right, fault)


def _other_base(table: ClaimedTable, each: ClaimedFigure, part: Decimal) -> Decimal | None:
    """Return the denominator that the share fits: another count, or the sum of the parts."""
    groups = table.groups(FigureUnit.COUNT).items()
    sums = [sum((one.number for one in g), Decimal()) for (p, *_), g in groups if p == each.period]
    counts = [one.number for one in table.of(FigureUnit.COUNT) if one.period == each.period]
    fits = (n for n in (*sums, *counts) if n >= part > 0 and each.near(HUNDRED * part / n))
    return next(fits, None)


def _judge_rate(share: ClaimedShare, *, is_misfit: bool) -> FigureVerdict:
    """Judge a rate without a numerator: some whole number must give it."""
    if not is_misfit:
        return FigureVerdict(share.figure, "numerators", None)
    whole, printed = int(share.denominator), share.figure.shown
    near = [
        (f"{n}/{whole}", f"{HUNDRED * n / whole:.{PERCENT_DECIMALS}f}%") for n in share.neighbours
    ]
    nearest = join_texts(
        (message("%(fraction)s is %(rate)s", fraction=of, rate=rate) for of, rate in near),
        context_message("between parts of a sentence", ", "),
    )
    fault = message(
        "no whole number out of %(denominator)s gives %(stated)s: %(nearest)s",
        denominator=f"{whole:,}",
        stated=printed,
        nearest=nearest,
    )
    return FigureVerdict(share.figure, "numerators", None, fault)


RULES: tuple[Callable[[ClaimedTable], Iterator[FigureVerdict]], ...] = (
    check_possible,
    check_printed_once,
    check_parts,
    check_shares,
    check_changes,
    check_units_of_change,
    check_wordings,
)
