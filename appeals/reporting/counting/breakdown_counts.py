"""Counting every measure in every breakdown, from the rows of one snapshot.

A breakdown splits the rows by a dimension: `department` has a key for each department, `city` has
one key for all rows. All measures over one kind of row are counted together:

1. PostgreSQL reads each row of the snapshot once, with its keys, its condition bitmask
   (`condition_bitmask.py`) and its durations: the CTE `marked`.
2. For each breakdown it groups these rows by key and mask, and returns how many rows each group has
   and the sums of their durations. Rows that no condition tells apart are one group, so a month of
   a large city becomes some ten thousand groups.
3. `count_breakdowns` adds the groups up: a group counts for a measure if its mask has all of the
   measure's bits.

A median cannot be added up from groups: PostgreSQL computes the medians of each key from its rows.
All is one statement, so that the figures of a draft agree while appeals change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import sqlalchemy as sa

from appeals.act import Act
from appeals.reporting.counting.condition_bitmask import ConditionBits
from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.conditions import all_of
from appeals.reporting.measures.measure_names import MeasureVariant
from appeals.reporting.measures.measure_shapes import Mean, Measure, Median
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.snapshot.snapshot_rows import Source, key_of

JOIN_SETTINGS = ("enable_hashjoin", "enable_mergejoin")
"""Switched off during a count. A month is a small part of each table, and nested loops find it by
its indexes; PostgreSQL expects far more rows, and would read and sort all years (decision 0010)."""


def count_breakdowns(act: Act, over: Source, window: CountWindow) -> Iterator[tuple[Cell, Numbers]]:
    """Count every measure over one kind of row; yields the cells that have cases.

    The city's cells are always included, even without cases.
    """
    count = _RowCount(over)
    sums = {(CITY, CITY.value): [_CellSum(each) for each in count.variants]}
    _allow_joins(act, "off")
    for by, key, mask, *numbers in act.session.execute(count.select_groups(window)):
        for cell in sums.setdefault((by, key), [_CellSum(each) for each in count.variants]):
            cell.add_group(mask, numbers)
    _allow_joins(act, "on")
    for (by, key), cells in sums.items():
        for cell in cells:
            measure, variant = cell.of.measure, cell.of.variant
            if by in measure.by and (cell.denominator or by == CITY):
                which = Cell.from_codes(by, key, measure.base, variant, measure.name)
                yield which, Numbers(cell.numerator, cell.denominator)


def _allow_joins(act: Act, switch: Literal["on", "off"]) -> None:
    for setting in JOIN_SETTINGS:
        act.session.execute(sa.text(f"SET LOCAL {setting} = {switch}"))


@dataclass(frozen=True)
class _VariantMasks:
    """A measure in one variant, with the masks of its two numbers.

    Attributes:
        measure: The measure.
        variant: The variant.
        case_mask: The bits that a row of the denominator has.
        met_mask: The bits that a row of the numerator has.
        column: Which number of a group the numerator is made of: its rows, the sum of a duration,
            or a median.
    """

    measure: Measure
    variant: MeasureVariant
    case_mask: int
    met_mask: int
    column: int


@dataclass
class _CellSum:
    """The two numbers of a cell while groups are added up."""

    of: _VariantMasks
    numerator: int = 0
    denominator: int = 0

    def add_group(self, mask: int | None, numbers: Sequence[float | None]) -> None:
        """Add a group of rows to each number whose bits are all in the group's mask.

        A line without a mask has the medians of a key.
        """
        is_median = isinstance(self.of.measure, Median)
        if mask is None:
            self.numerator = int(numbers[self.of.column] or 0) if is_median else self.numerator
            return
        if mask & self.of.case_mask == self.of.case_mask:
            self.denominator += int(numbers[0] or 0)
        if mask & self.of.met_mask == self.of.met_mask and not is_median:
            self.numerator += int(numbers[self.of.column] or 0)


class _RowCount:
    """The statement that counts all measures over one kind of row."""

    def __init__(self, over: Source) -> None:
        """Give the conditions of these measures their bits."""
        self.over = over
        measures = [measure for measure in COLUMNS if measure.over is over]
        self.bits = ConditionBits(
            chain.from_iterable(
                (measure.population, measure.met, *dict(measure.variants).values())
                for measure in measures
            )
        )
        self.breakdowns = [by for by in Breakdown if any(by in each.by for each in measures)]
        means = [measure for measure in measures if isinstance(measure, Mean)]
        self.durations = list(dict.fromkeys(measure.duration for measure in means))
        self.medians = [measure for measure in means if isinstance(measure, Median)]
        self.variants = [
            self._variant(measure, name) for measure in measures for name, _ in measure.variants
        ]

    def _variant(self, measure: Measure, variant: MeasureVariant) -> _VariantMasks:
        cases, column = measure.case_condition(variant), 0
        if isinstance(measure, Median):
            column = 1 + len(self.durations) + self.medians.index(measure)
        elif isinstance(measure, Mean):
            column = 1 + self.durations.index(measure.duration)
        met = all_of(cases, measure.met)
        return _VariantMasks(
            measure, variant, self.bits.mask_of(cases), self.bits.mask_of(met), column
        )

    def select_groups(self, window: CountWindow) -> sa.CompoundSelect[*tuple[Any, ...]]:
        """Return the statement: breakdown, key, mask, and the numbers of each group.

        The numbers are its rows, the sums of its durations, and NULL for each median. One more line
        for each key has the medians, and NULL for all else.
        """
        marked = self._mark_rows(window)
        sums = [sa.func.sum(marked.c[duration.name]) for duration in self.durations]
        medians = [self._median(marked, measure) for measure in self.medians]
        no_sums, no_medians = ([sa.null() for _ in each] for each in (sums, medians))
        lines = []
        for by in self.breakdowns:
            key, mask = marked.c[by], marked.c.mask
            groups = sa.select(sa.literal(by.value), key, mask, sa.func.count(), *sums, *no_medians)
            lines.append(groups.where(key.is_not(None)).group_by(key, mask))
            if medians:
                middle = sa.select(
                    sa.literal(by.value), key, sa.null(), sa.null(), *no_sums, *medians
                )
                lines.append(middle.where(key.is_not(None)).group_by(key))
        return sa.union_all(*lines)

    def _median(self, marked: sa.CTE, measure: Median) -> sa.ColumnElement[float]:
        """Return the median: the value in the middle, or the mean of the two, in whole seconds."""
        ((variant, _),) = measure.variants
        bits = self.bits.mask_of(measure.case_condition(variant))
        middle = sa.func.percentile_cont(0.5).within_group(marked.c[measure.duration.name])
        return sa.func.floor(middle.filter(marked.c.mask.bitwise_and(bits) == bits))

    def _mark_rows(self, window: CountWindow) -> sa.CTE:
        """Select the rows of the snapshot with their keys, their mask and their durations."""
        rows = self.over(window)
        return sa.select(
            *(key_of(rows, by).label(by) for by in self.breakdowns),
            self.bits.row_mask(rows, window).label("mask"),
            *(each.sql(rows, window).label(each.name) for each in self.durations),
        ).cte("marked")
