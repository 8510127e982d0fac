"""What does not add up in figures printed elsewhere: `RULES`, each over the whole table.

A rule gives a verdict on every figure that it can recompute, with the right figure; a verdict has
a fault where the printed one is another. The rules come from errors that cities have published
(Domain 3.6).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from appeals.reporting.audit.claimed_changes import changes, units_of_change, wordings
from appeals.reporting.audit.claimed_figures import (
    HUNDRED,
    PLACES,
    Printed,
    Rounding,
    Table,
    Unit,
    Verdict,
)
from appeals.reporting.audit.rounding import (
    PrintedShare,
    TableRounding,
    find_roundings,
    list_shares,
)
from appeals.reporting.measures.measure_shapes import NOTHING, Words


@dataclass(frozen=True)
class Result:
    """What all rules say of a table: the faults, and the rates and changes not to be recomputed."""

    lines: int
    faults: tuple[Verdict, ...]
    unchecked: tuple[Printed, ...]
    roundings: tuple[TableRounding, ...]

    @property
    def facts(self) -> dict[str, object]:
        """Give the result as plain values, for JSON."""
        return {
            "lines": self.lines,
            "adds_up": not self.faults,
            "faults": [each.facts for each in self.faults],
            "unchecked": [each.line for each in self.unchecked],
            "rounding": [each.facts for each in self.roundings],
        }


def check(table: Table) -> Result:
    """Apply every rule; the faults come by line."""
    verdicts = [each for rule in RULES for each in rule(table)]
    judged = {each.figure.line for each in verdicts}
    return Result(
        lines=len(table.lines),
        faults=tuple(sorted((v for v in verdicts if v.fault), key=lambda v: v.figure.line)),
        unchecked=tuple(
            each for each in table.lines if each.unit is not Unit.COUNT and each.line not in judged
        ),
        roundings=tuple(find_roundings(table)),
    )


def possible(table: Table) -> Iterator[Verdict]:
    """Hold counts to be whole and not negative, percentages to lie between 0 and 100."""
    for each in table.of(Unit.COUNT):
        if each.number < 0 or each.number % 1:
            fault = Words("数量应为非负整数", "a count is a whole number, not below 0")
            yield Verdict(each, "possible", None, fault)
    for each in table.of(Unit.PERCENT):
        if not 0 <= each.number <= HUNDRED:
            fault = Words("占比应在 0 到 100% 之间", "a share or rate lies between 0 and 100%")
            yield Verdict(each, "possible", None, fault)


def printed_once(table: Table) -> Iterator[Verdict]:
    """Hold a figure that is printed twice to be the same both times."""
    first: dict[tuple[str, ...], Printed] = {}
    for each in table.lines:
        before = first.setdefault((each.name, each.period, each.unit, each.compared_with), each)
        if before.value != each.value:
            zh, en = (
                f"第{before.line}行为 {before.shown}",
                f"line {before.line} says {before.shown}",
            )
            yield Verdict(each, "printed_once", None, Words(zh, en))


def parts(table: Table) -> Iterator[Verdict]:
    """Hold the parts of a total to add up to it, shares of which all are listed to 100."""
    for unit in (Unit.COUNT, Unit.PERCENT):
        for (period, name, _), group in table.groups(unit).items():
            total = table.find(unit, name, period)
            whole = total.number if total else HUNDRED
            added = sum((each.number for each in group), Decimal())
            over = added - whole
            fault = Words(
                f"各部分合计 {added:,}，总数为 {whole:,}，相差 {added - whole:+,}",
                f"the parts add up to {added:,}, the total is {whole:,}: {added - whole:+,}",
            )
            wrong = over != 0 if unit is Unit.COUNT else not _may_be_off(over, group)
            yield Verdict(total or group[0], "parts", f"{added}", fault if wrong else None)


def _may_be_off(over: Decimal, group: Sequence[Printed]) -> bool:
    """Return whether rounding can make these percentages add up to so much over 100, or under."""
    stated = group[0].rounding
    halves = sum((each.half for each in group), Decimal())
    rounded = stated in {None, Rounding.ROUNDED} and abs(over) <= halves
    cut = stated in {None, Rounding.CUT} and -2 * halves < over <= 0
    return rounded or cut or over == 0


def shares(table: Table) -> Iterator[Verdict]:
    """Hold a share or rate to be its numerator over its denominator, 0 over 0 to be a dash.

    Where no numerator is printed, some whole number must give it.
    """
    misfits = {line for rounding in find_roundings(table) for line in rounding.wrong}
    for each in table.lines:
        part, whole = table.numerator_of(each), table.denominator_of(each)
        if each.unit is Unit.PERCENT and part is not None and whole is not None:
            yield _share(table, each, (part, whole), is_misfit=each.line in misfits)
    for share in list_shares(table):
        if share.numerator is None and share.is_checkable:
            yield _judge_rate(share, is_misfit=share.figure.line in misfits)


def _share(
    table: Table, each: Printed, of_whole: tuple[Decimal, Decimal], *, is_misfit: bool
) -> Verdict:
    part, whole = of_whole
    of = f"{part:,}/{whole:,}"
    if part > whole:
        fault = Words(f"{of}：分子大于分母", f"{of}: the numerator is larger than the denominator")
        return Verdict(each, "shares", None, fault)
    right = f"{HUNDRED * part / whole:.{PLACES}f}%" if whole else NOTHING
    if not is_misfit and (whole > 0) is (each.value is not None):
        return Verdict(each, "shares", right)
    base = _other_base(table, each, part)
    fault = Words(
        f"{of} 为 {right}，而非 {each.shown}" + (f"（以 {base:,} 为分母才是）" if base else ""),
        f"{of} is {right}, not {each.shown}" + (f" (which is over {base:,})" if base else ""),
    )
    return Verdict(each, "shares", right, fault)


def _other_base(table: Table, each: Printed, part: Decimal) -> Decimal | None:
    """Find the denominator that the printed share fits: another count, or the sum of the parts."""
    groups = table.groups(Unit.COUNT).items()
    sums = [sum((one.number for one in g), Decimal()) for (p, *_), g in groups if p == each.period]
    counts = [one.number for one in table.of(Unit.COUNT) if one.period == each.period]
    fits = (n for n in (*sums, *counts) if n >= part > 0 and each.near(HUNDRED * part / n))
    return next(fits, None)


def _judge_rate(share: PrintedShare, *, is_misfit: bool) -> Verdict:
    """Hold a rate whose numerator is not printed to be that of some whole number."""
    if not is_misfit:
        return Verdict(share.figure, "numerators", None)
    whole, printed = int(share.denominator), share.figure.shown
    near = [(f"{n}/{whole}", f"{HUNDRED * n / whole:.{PLACES}f}%") for n in share.neighbours]
    zh = "，".join(f"{of} 为 {rate}" for of, rate in near)
    en = ", ".join(f"{of} is {rate}" for of, rate in near)
    fault = Words(
        f"分母为 {whole:,}，没有整数能得出 {printed}：{zh}",
        f"no whole number out of {whole:,} gives {printed}: {en}",
    )
    return Verdict(share.figure, "numerators", None, fault)


RULES: tuple[Callable[[Table], Iterator[Verdict]], ...] = (
    possible,
    printed_once,
    parts,
    shares,
    changes,
    units_of_change,
    wordings,
)
