"""How the percentages of a published table were rounded, and which of them no rounding gives.

A file states the method in its column `rounding`; if it does not, every method is tried, and those
that fit all percentages of the table are reported. A percentage without a numerator fits if any
whole number up to its denominator gives it. Percentages are fractions in units of their last
decimal, so that half a unit is exact: 97.3 is 973.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from appeals.reporting.audit.claimed_figures import (
    HUNDRED,
    PERCENT_TOLERANCE,
    ClaimedFigure,
    ClaimedTable,
    FigureUnit,
    Rounding,
)

HALF = Fraction(1, 2)
SINGLE_ROUNDINGS = (Rounding.ROUNDED, Rounding.CUT)
"""The methods that round each percentage by itself, without the other parts of its total."""


@dataclass(frozen=True)
class ClaimedShare:
    """A published percentage with a known denominator above 0; the numerator is None if unknown."""

    figure: ClaimedFigure
    numerator: Fraction | None
    denominator: Fraction

    @property
    def printed(self) -> Fraction:
        """Return the published percentage."""
        return Fraction(self.figure.number) / self._unit

    @property
    def step(self) -> Fraction:
        """Return by how much one more in the numerator raises the percentage."""
        return Fraction(HUNDRED) / self.denominator / self._unit

    @property
    def exact(self) -> Fraction:
        """Return the percentage before rounding; raises ValueError if the numerator is unknown."""
        if self.numerator is None:
            raise ValueError(f"no numerator in line {self.figure.line}")
        return self.numerator * self.step

    @property
    def is_checkable(self) -> bool:
        """Return whether some percentage would be impossible with this denominator."""
        return self.numerator is not None or self.step > 1

    @property
    def is_near(self) -> bool:
        """Return whether the percentage may have been adjusted by hand to a sum of 100.00."""
        nearest = max(Fraction(PERCENT_TOLERANCE) / self._unit, HALF)
        return self.numerator is not None and abs(self.printed - self.exact) <= nearest

    @property
    def neighbours(self) -> tuple[int, int]:
        """Return the numerators whose percentages are next to the published one."""
        below = min(math.floor(self.printed / self.step), int(self.denominator) - 1)
        return below, below + 1

    @property
    def _unit(self) -> Fraction:
        return 2 * Fraction(self.figure.half)


@dataclass(frozen=True)
class TableRounding:
    """How the table that begins at a line was rounded: as stated, else by the method that fits.

    Without a stated method, `fits` leaves out the percentages that no method gives.
    """

    line: int
    stated: Rounding | None
    fits: tuple[Rounding, ...]
    wrong: frozenset[int]
    """The lines of the percentages that do not follow this method, or follow none."""

    @property
    def facts(self) -> dict[str, object]:
        """Return the rounding as plain values, for JSON."""
        return {"line": self.line, "stated": self.stated, "fits": list(self.fits)}


def find_roundings(table: ClaimedTable) -> Iterator[TableRounding]:
    """Yield how each table of the file was rounded; a table begins where `rounding` is stated."""
    for stated, lines in groupby(list_shares(table), lambda share: share.figure.rounding):
        shares = [each for each in lines if each.is_checkable]
        if not shares:
            continue
        totals = [group for group in _group_by_total(shares) if len(group) > 1]
        whole = [group for group in totals if _is_whole(group)]
        adjusted = [group for group in totals if group not in whole and _adds_up(group)]
        ways = [way for way in Rounding if whole or adjusted or way in {stated, *SINGLE_ROUNDINGS}]
        free = {each.figure.line for group in ([shares] if stated else adjusted) for each in group}
        misfits = {way: set(_list_misfits(way, shares, whole, free)) for way in ways}
        if stated:
            wrong, ruled_out = misfits[stated], set[int]()
        else:
            ruled_out = set.intersection(*misfits.values())
            wrong = ruled_out - {each.figure.line for each in shares if each.is_near}
        fits = tuple(way for way in ways if misfits[way] <= ruled_out)
        yield TableRounding(shares[0].figure.line, stated, fits, frozenset(wrong))


def list_shares(table: ClaimedTable) -> Iterator[ClaimedShare]:
    """Yield the percentages whose denominator is known, in the order of their lines."""
    for each in table.of(FigureUnit.PERCENT):
        part, whole = table.numerator_of(each), table.denominator_of(each)
        if not whole or whole < 0:
            continue
        if part is not None and part <= whole:
            yield ClaimedShare(each, Fraction(part), Fraction(whole))
        elif part is None and whole % 1 == 0 and 0 <= each.number <= HUNDRED:
            yield ClaimedShare(each, None, Fraction(whole))


def _list_misfits(
    way: Rounding,
    shares: Collection[ClaimedShare],
    whole: Collection[Collection[ClaimedShare]],
    free: Collection[int],
) -> Iterator[int]:
    """Yield the lines of the shares that one method of rounding does not give.

    For largest remainders, the groups of `whole` are computed together, the shares on the lines
    `free` may be raised or not, and all others are rounded by themselves.
    """
    reckoned: set[int] = set()
    if way is Rounding.LARGEST_REMAINDER:
        reckoned = {each.figure.line for group in whole for each in group}
        for group in whole:
            yield from _list_wrong_remainders(group)
    for each in shares:
        alone = way is Rounding.LARGEST_REMAINDER and each.figure.line not in free
        ways = SINGLE_ROUNDINGS if alone else (way,)
        if each.figure.line not in reckoned and not any(_is_given_by(one, each) for one in ways):
            yield each.figure.line


def _is_given_by(way: Rounding, share: ClaimedShare) -> bool:
    """Return whether the method gives the published share, for some whole numerator."""
    printed, step = share.printed, share.step
    low, high = {
        Rounding.ROUNDED: (printed - HALF, printed + HALF),
        Rounding.CUT: (printed, printed + 1),
        Rounding.LARGEST_REMAINDER: (printed - 1, printed + 1),
    }[way]
    if share.numerator is not None:
        numerator = share.numerator
    else:
        numerator = Fraction(max(0, math.ceil(low / step)))
        if way is Rounding.LARGEST_REMAINDER and numerator * step == low:
            numerator += 1
    percentage = numerator * step
    above = low < percentage if way is Rounding.LARGEST_REMAINDER else low <= percentage
    return above and percentage < high and numerator <= share.denominator


def _group_by_total(shares: Iterable[ClaimedShare]) -> Collection[Sequence[ClaimedShare]]:
    """Return the shares grouped by their total."""
    groups: dict[tuple[object, ...], list[ClaimedShare]] = {}
    for each in shares:
        figure = each.figure
        base = figure.denominator or figure.part_of
        groups.setdefault((figure.period, base, figure.grouping, figure.half), []).append(each)
    return groups.values()


def _is_whole(group: Sequence[ClaimedShare]) -> bool:
    """Return whether the numerators of a group are known and add up to its denominator."""
    known = [each.numerator for each in group if each.numerator is not None]
    return len(known) == len(group) and sum(known) == group[0].denominator


def _adds_up(group: Sequence[ClaimedShare]) -> bool:
    """Return whether the published shares of a group with unknown numerators add up to 100."""
    return sum(each.figure.number for each in group) == HUNDRED and not all(
        each.numerator is not None for each in group
    )


def _list_wrong_remainders(group: Collection[ClaimedShare]) -> Iterator[int]:
    """Yield the lines of a group that the method of largest remainders does not give.

    Of shares with equal remainders any may have been raised.
    """
    raised = [each for each in group if each.printed == math.floor(each.exact) + 1]
    kept = [each for each in group if each.printed == math.floor(each.exact)]
    whole = sum(each.exact for each in group)
    missing = whole - sum(math.floor(each.exact) for each in group)
    right = (
        len(raised) + len(kept) == len(group)
        and len(raised) == missing
        and min((each.exact % 1 for each in raised), default=Fraction(1))
        >= max((each.exact % 1 for each in kept), default=Fraction(0))
    )
    if right:
        return
    by_remainder = sorted(group, key=lambda each: each.exact % 1, reverse=True)
    for place, each in enumerate(by_remainder):
        if each.printed != math.floor(each.exact) + (place < missing):
            yield each.figure.line
