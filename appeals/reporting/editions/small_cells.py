"""Small cells: which figures of an edition are withheld from the public (Rules 14, decision 0022).

A cell below the city with 1 to 4 ratings or follow-up answers reveals what single people said.
Where a key (a street, a channel, …) has such a cell in any measure, it is withheld in all measures
of opinions at once. Subtracting the other keys from a published total would still reveal it. So the
next smallest keys of the same breakdown are withheld too, until under every published total

- at least two keys with cases are withheld,
- the withheld ones together have at least 5 cases, and
- the withheld ones together did not all say the same, unless everybody of the total did.

Published totals are the city over each breakdown, and a published district over its streets. All
functions are pure: they take an edition's figures and read nothing else.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import Any

from appeals.domain.vocabulary import Kind
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureBase, MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import Opinions
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown

MIN_OPINIONS = 5
"""A cell with fewer ratings or follow-up answers is small."""
MIN_MISSING_KEYS = 2
"""The fewest keys with cases that are withheld under a published total, if any is."""
DISTRICT, STREET, KIND = Breakdown.DISTRICT, Breakdown.STREET, Breakdown.KIND
CLOSED = (MeasureBase.HANDLED.value, MeasureVariant.ALL.value, MeasureName.CLOSED.value)
"""The published count that limits the ratings of a key: only closed appeals are rated."""
ALWAYS_EMPTY = {(MeasureName.RESOLUTION, KIND, Kind.CONSULTATION.value)}
"""Cells without cases by definition: everybody knows that, so withholding them hides nothing."""
REPEAT_RATINGS = ("satisfied", "others")
"""The fields of `reporting/findings/repeat_filings.py` with ratings of repeats and of the rest."""
OpinionColumn = tuple[str, str, str]
"""A measure in one population: base, variant, measure."""
Figures = Mapping[Cell, Numbers]


@dataclass(frozen=True)
class PublishedFigures:
    """The published figures of an edition, and its withheld cells."""

    figures: Figures
    withheld: frozenset[Cell]


def opinions_of(measure: str) -> Opinions:
    """Return which numbers are opinions; of a measure that only old editions have, both."""
    known = MEASURES.get(measure)
    return known.opinions if known is not None else Opinions.CASES


def is_small(numbers: Numbers) -> bool:
    """Return whether a rate of opinions has cases, but fewer than may be published."""
    return 0 < numbers[1] < MIN_OPINIONS


def withhold_small_cells(figures: Figures, districts: Mapping[str, str | None]) -> PublishedFigures:
    """Split an edition's figures into those that are published and those that are withheld.

    Args:
        figures: Every figure of the edition.
        districts: The district of each street, by their codes.

    Withheld cells include those without cases: if these could be told apart, subtraction would
    work again.
    """
    withheld = frozenset(
        Cell(by, key, *column)
        for by, table in _opinion_breakdowns(figures).items()
        for key in _withheld_keys(by, table, figures, districts)
        for column in table.columns
    )
    return PublishedFigures({c: n for c, n in figures.items() if c not in withheld}, withheld)


def publishable_findings(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report's findings without small cells.

    The ratings of repeats and of all others add up to the city's, so both are withheld if either
    is small.
    """
    shown, repeated = dict(found), found.get("repeated")
    if repeated and any(is_small(Numbers(*repeated[name])) for name in REPEAT_RATINGS):
        shown["repeated"] = {**repeated, **dict.fromkeys(REPEAT_RATINGS)}
    return shown


@dataclass(frozen=True)
class _BreakdownOpinions:
    """One breakdown: its keys, its columns of opinions, and the figures."""

    by: Breakdown
    keys: frozenset[str]
    columns: tuple[OpinionColumn, ...]
    figures: Figures

    def numbers(self, key: str, column: OpinionColumn) -> Numbers:
        return self.figures.get(Cell(self.by, key, *column), NO_NUMBERS)

    def small_keys(self) -> set[str]:
        """Return the keys with a small cell in any measure whose cases are opinions."""
        asked = [c for c in self.columns if opinions_of(c[2]) is Opinions.CASES]
        return {k for k in self.keys if any(is_small(self.numbers(k, c)) for c in asked)}

    def may_have_cases(self, key: str, column: OpinionColumn) -> bool:
        """Return whether the cell may have cases, as far as the published figures show."""
        if (column[2], self.by, key) in ALWAYS_EMPTY:
            return False
        return self.numbers(key, CLOSED).denominator > 0


def _opinion_breakdowns(figures: Figures) -> dict[Breakdown, _BreakdownOpinions]:
    """Return the breakdowns below the city that have measures of opinions."""
    keys = dict[Breakdown, set[str]]()
    columns = dict[Breakdown, set[OpinionColumn]]()
    for cell in figures:
        by = cell.by
        if by != CITY:
            keys.setdefault(by, set()).add(cell.key)
            if opinions_of(cell.measure) is not Opinions.NONE:
                columns.setdefault(by, set()).add((cell.base, cell.variant, cell.measure))
    return {
        by: _BreakdownOpinions(by, frozenset(keys[by]), tuple(sorted(found)), figures)
        for by, found in columns.items()
    }


def _withheld_keys(
    by: Breakdown, table: _BreakdownOpinions, figures: Figures, districts: Mapping[str, str | None]
) -> set[str]:
    small = table.small_keys()
    if by != STREET:
        return _add_wanted_keys(small, partial(_wanted_under_printed, table, table.keys))
    above = _opinion_breakdowns(figures).get(DISTRICT)
    hidden = _withheld_keys(DISTRICT, above, figures, districts) if above else set()
    parts = dict[str | None, set[str]]()
    for street in table.keys:
        parts.setdefault(districts.get(street), set()).add(street)
    for district in hidden & parts.keys():
        small |= _add_wanted_keys(small, partial(_wanted_under_hidden, table, parts[district]))
    # what the withheld districts have together is the city less the published ones
    together = {street for district in hidden & parts.keys() for street in parts[district]}
    for streets in (together, *(parts[each] for each in parts.keys() - hidden)):
        small |= _add_wanted_keys(small, partial(_wanted_under_printed, table, streets))
    return small


def _add_wanted_keys(
    chosen: AbstractSet[str], wanted: Callable[[AbstractSet[str]], Iterator[str]]
) -> set[str]:
    """Add the keys to withhold one by one until none is needed; none is removed again."""
    grown = set(chosen)
    while (more := next(wanted(grown), None)) is not None:
        grown.add(more)
    return grown


def _wanted_under_printed(
    table: _BreakdownOpinions, keys: AbstractSet[str], chosen: AbstractSet[str]
) -> Iterator[str]:
    """Yield, for each column that its published total reveals, the next key to withhold.

    Keys without cases come last, since another column may bring in a key with cases first.
    """
    lonely = list[OpinionColumn]()
    for column in table.columns:
        missing = [n for key in chosen & keys if (n := table.numbers(key, column))[1]]
        total = _add_numbers(table.numbers(key, column) for key in keys)
        if not missing or _is_safe(column, missing, total):
            continue
        if (more := _next_smallest(table, keys, chosen, column)) is not None:
            yield more
        elif len(missing) < MIN_MISSING_KEYS:
            lonely.append(column)
    for column in lonely:
        if (more := _possibly_filled_key(table, keys, chosen, column)) is not None:
            yield more


def _wanted_under_hidden(
    table: _BreakdownOpinions, keys: AbstractSet[str], chosen: AbstractSet[str]
) -> Iterator[str]:
    """Yield, for each column whose published keys add up to a withheld total, a key to withhold."""
    lonely = list[OpinionColumn]()
    for column in table.columns:
        if any(table.numbers(key, column)[1] for key in chosen & keys):
            continue
        if (more := _next_smallest(table, keys, chosen, column)) is not None:
            yield more
        else:
            lonely.append(column)
    for column in lonely:
        if (more := _possibly_filled_key(table, keys, chosen, column)) is not None:
            yield more


def _is_safe(column: OpinionColumn, missing: Collection[Numbers], total: Numbers) -> bool:
    """Return whether subtraction reveals neither one of the withheld cells nor few people."""
    met, of = _add_numbers(missing)
    if len(missing) < MIN_MISSING_KEYS or of < MIN_OPINIONS:
        return False
    if opinions_of(column[2]) is not Opinions.CASES or total[0] in {0, total[1]}:
        return True
    return 0 < met < of


def _next_smallest(
    table: _BreakdownOpinions,
    keys: AbstractSet[str],
    chosen: AbstractSet[str],
    column: OpinionColumn,
) -> str | None:
    """Return the key with the fewest cases, at least one, that is not withheld yet."""
    left = {k: n for k in keys if k not in chosen and (n := table.numbers(k, column)[1])}
    return min(left, key=lambda key: (left[key], key), default=None)


def _possibly_filled_key(
    table: _BreakdownOpinions,
    keys: AbstractSet[str],
    chosen: AbstractSet[str],
    column: OpinionColumn,
) -> str | None:
    """Return a key without cases that might have some, as far as the published figures show.

    None if one is withheld already, or if there is no such key.
    """
    possible = {key for key in keys if table.may_have_cases(key, column)}
    empty = {key for key in possible if not table.numbers(key, column)[1]}
    return None if empty & chosen else min(empty, default=None)


def _add_numbers(numbers: Iterable[Numbers]) -> Numbers:
    both = list(numbers)
    return Numbers(sum(met for met, _ in both), sum(of for _, of in both))
