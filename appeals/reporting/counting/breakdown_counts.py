"""Counting: every measure over one kind of measured row, in every breakdown, in one statement.

A breakdown is a dimension with its keys: `department` with a number for each department, `city`
with one key. `_BreakdownQuery` builds the statement. PostgreSQL

1. reads each row of the snapshot once and computes its bitmask (`condition_bitmask.py`), with the
   spans of the means and medians (CTE `marked`);
2. groups the rows by key and mask, and adds up their number and their spans (`by_mask`): a month
   of a large city becomes a few thousand lines;
3. adds up, for each key, the masks that have all bits of a number (`_sums`);
4. computes the medians, the only figures that need the rows themselves: a median of working days,
   which have few values, by counting the rows of each value; one of seconds by sorting.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from appeals.act import Act
from appeals.models.appeal import ImportedAppeal
from appeals.reporting.counting.condition_bitmask import ConditionBits, has_bits, keep_bits
from appeals.reporting.measures.catalogue import COLUMNS
from appeals.reporting.measures.measure_shapes import (
    CITY,
    CountWindow,
    Mean,
    Measure,
    Median,
    Span,
    flatten_conditions,
)
from appeals.reporting.snapshot.snapshot_rows import TIME_DIMENSIONS, Source, key_of

FULL_SCAN_SETTINGS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")
PLANNER_FOR_COUNT = (
    "SET LOCAL work_mem = '64MB'",  # with less, a month's rows are sorted and hashed on disk
    "SET LOCAL jit = off",
    # a month is a small part of each table: index scans find it, full scans would read all years
    *(f"SET LOCAL {each} = off" for each in FULL_SCAN_SETTINGS),
)
"""PostgreSQL settings for the few large statements of a count."""
PLANNER_AFTER_COUNT = tuple(f"SET LOCAL {each} = on" for each in FULL_SCAN_SETTINGS)
"""The settings restored for the rest of the transaction, such as the search for hot topics."""
GROUPING_SETS = (
    ("kind", "channel"),
    ("department",),
    ("district", "street"),
    ("category",),
    TIME_DIMENSIONS,
)
"""The dimensions that are grouped together, because their keys form few pairs.

The first set also serves the whole city: every row has a kind.
"""
CountedCell = tuple[str, str, Measure, str, tuple[int, int]]
"""Breakdown, key, measure, variant, and the two numbers: numerator and denominator."""


@dataclass(frozen=True)
class MeasureVariant:
    """A measure in one variant, and the indexes of its two numbers in `_BreakdownQuery.numbers`.

    `met_mask` has the bits of the population and of what met it.
    """

    measure: Measure
    variant: str
    met_mask: int
    denominator_index: int
    numerator_index: int


def count_breakdowns(act: Act, over: Source, window: CountWindow) -> Iterator[CountedCell]:
    """Count every measure over one kind of row; yields the cells that have cases.

    The city's cells are always included, even without cases.
    """
    query = _BreakdownQuery(over)
    for setting in PLANNER_FOR_COUNT:
        act.session.execute(sa.text(setting))
    sums = {(CITY, CITY): [0] * len(query.numbers)}
    medians = dict[tuple[int, str, str], int]()
    for by, key, median_of, *numbers in act.session.execute(query.statement(window)):
        if median_of is None:
            sums[by, key] = numbers
        else:
            medians[median_of, by, key] = numbers[0]
    for setting in PLANNER_AFTER_COUNT:
        act.session.execute(sa.text(setting))
    for (by, key), numbers in sums.items():
        for index, each in enumerate(query.variants):
            denominator = numbers[each.denominator_index] or 0
            numerator = medians.get((index, by, key), numbers[each.numerator_index]) or 0
            if by in each.measure.by and (denominator or by == CITY):
                yield by, key, each.measure, each.variant, (numerator, denominator)


class _BreakdownQuery:
    """The statement that counts all measures over one kind of row.

    `numbers` lists what it adds up, each once however many measures share it: the mask that a row
    must have, and the span to add up, or None to count the rows.
    """

    def __init__(self, over: Source) -> None:
        self.over, self.bits = over, ConditionBits()
        self.numbers: dict[tuple[int, Span | None], int] = {}
        self.variants = [
            self._add_variant(measure, variant)
            for measure in COLUMNS
            for variant, _ in measure.variants
            if measure.over is over
        ]
        counted = {by for each in self.variants for by in each.measure.by}
        sets = (tuple(by for by in each if by in counted) for each in GROUPING_SETS)
        self.grouping_sets = [each for each in sets if each]
        self.dimensions = tuple(by for each in self.grouping_sets for by in each)
        self.spans = list(dict.fromkeys(span for _, span in self.numbers if span))

    def _add_variant(self, measure: Measure, variant: str) -> MeasureVariant:
        conditions = measure.conditions(variant)
        population_mask = self.bits.mask_of(conditions)
        met_mask = self.bits.mask_of((*conditions, *flatten_conditions(measure.met)))
        span = measure.span if isinstance(measure, Mean) else None
        return MeasureVariant(
            measure,
            variant,
            met_mask,
            denominator_index=self._index_of(population_mask),
            numerator_index=self._index_of(met_mask, span),
        )

    def _index_of(self, mask: int, span: Span | None = None) -> int:
        return self.numbers.setdefault((mask, span), len(self.numbers))

    def _bits_used_by(self, dimensions: Sequence[str]) -> int:
        """Return the bits of all measures that are counted by some of these dimensions."""
        by = {*dimensions, CITY} if dimensions == GROUPING_SETS[0] else {*dimensions}
        return reduce(or_, (v.met_mask for v in self.variants if by & {*v.measure.by}), 0)

    def statement(self, window: CountWindow) -> sa.CompoundSelect[*tuple[Any, ...]]:
        """Return the statement: breakdown, key, index of a median or NULL, and the numbers.

        There is one line with all numbers for each key, and one more for each of the key's medians,
        whose first number is the median itself.
        """
        rows = self.over(window.period, window.cut_off)
        marked = (
            sa.select(
                *(rows.c[name] for name in self.dimensions),
                self.bits.row_mask(rows, window).label("mask"),
                *(span(rows, window).label(span.__name__) for span in self.spans),
            )
            .where(*_not_imported_later(rows, window))
            .cte("marked")
            .prefix_with("MATERIALIZED")
        )
        medians = (
            self._median_by_counting(marked, index, each.measure)
            if each.measure.of_calendar
            else self._median_by_sorting(marked, index, each.measure)
            for index, each in enumerate(self.variants)
            if isinstance(each.measure, Median)
        )
        return sa.union_all(self._sums(self._group_by_mask(marked)), *medians)

    def _group_by_mask(self, marked: sa.CTE) -> sa.Subquery:
        """Count the rows of each mask and add up their spans, for each grouping set.

        Bits that no measure of the set uses are cleared, so that there are fewer groups.
        """
        masks = [keep_bits(marked.c.mask, self._bits_used_by(each)) for each in self.grouping_sets]
        sets = (
            sa.tuple_(*(marked.c[by] for by in dimensions), mask)
            for dimensions, mask in zip(self.grouping_sets, masks, strict=True)
        )
        return (
            sa.select(
                *(marked.c[by] for by in self.dimensions),
                sa.func.coalesce(*masks).label("mask"),
                sa.cast(sa.func.count(), sa.Integer).label("rows"),  # integers add up quickest
                *(sa.func.sum(marked.c[span.__name__]).label(span.__name__) for span in self.spans),
            )
            .group_by(sa.func.grouping_sets(*sets))
            .subquery("by_mask")
        )

    def _sums(self, by_mask: sa.Subquery) -> sa.Select[Any]:
        """Add up, for each key and number, the groups whose mask has all bits of the number."""
        each = _unpivot_keys(by_mask, self.dimensions)
        numbers = (
            sa.func.sum(by_mask.c[span.__name__ if span else "rows"]).filter(
                has_bits(by_mask.c.mask, mask)
            )
            for mask, span in self.numbers
        )
        return (
            sa.select(
                each.c.by,
                each.c.key,
                sa.cast(sa.null(), sa.Integer),
                *(sa.cast(number, sa.BigInteger) for number in numbers),
            )
            .select_from(by_mask.join(each, each.c.key.is_not(None)))
            .group_by(each.c.by, each.c.key)
        )

    def _median_by_counting(self, marked: sa.CTE, index: int, measure: Median) -> sa.Select[Any]:
        """Count a median's rows by their span, and find the two spans in the middle."""
        span = marked.c[measure.span.__name__].label("span")
        given = [[by for by in each if by in measure.by] for each in self.grouping_sets]
        names = [by for each in given for by in each]
        sets = (sa.tuple_(*(marked.c[by] for by in each), span) for each in given if each)
        by_span = (
            sa.select(*(marked.c[by] for by in names), span, sa.func.count().label("rows"))
            .where(has_bits(marked.c.mask, self.variants[index].met_mask))
            .group_by(sa.func.grouping_sets(*sets))
            .subquery("by_span")
        )
        each = _unpivot_keys(by_span, names)
        keys = (each.c.by, each.c.key)
        rows = sa.func.sum(by_span.c.rows)
        counted = (
            sa.select(
                *keys,
                by_span.c.span,
                sa.func.sum(rows).over(partition_by=keys, order_by=by_span.c.span).label("up_to"),
                sa.func.sum(rows).over(partition_by=keys).label("rows"),
            )
            .select_from(by_span.join(each, each.c.key.is_not(None)))
            .group_by(*keys, by_span.c.span)
            .subquery("counted")
        )
        lower, upper = (
            sa.func.min(counted.c.span).filter(2 * counted.c.up_to >= counted.c.rows + more)
            for more in (0, 1)
        )
        line = self._median_line(index, counted, _mean_of_middle(lower, upper))
        return line.group_by(counted.c.by, counted.c.key)

    def _median_by_sorting(self, marked: sa.CTE, index: int, measure: Median) -> sa.Select[Any]:
        """Sort a median's spans once, collect them by key in that order, take the middle two."""
        span = marked.c[measure.span.__name__].label("span")
        names = [by for by in self.dimensions if by in measure.by]
        in_order = (
            sa.select(*(marked.c[by] for by in names), span)
            .where(has_bits(marked.c.mask, self.variants[index].met_mask))
            .order_by(span)
            .subquery("in_order")
        )
        keys = [in_order.c[by] for by in names]
        dimension = sa.case(
            _grouping_numbers(names), value=sa.func.grouping(*keys), else_=CITY
        ).label("by")
        gathered = (
            sa.select(
                dimension,
                sa.func.coalesce(*keys, CITY).label("key"),
                sa.func.array_agg(in_order.c.span, type_=ARRAY(sa.Double())).label("spans"),
                sa.func.count().label("rows"),
            )
            .group_by(sa.func.grouping_sets(sa.tuple_(), *(sa.tuple_(key) for key in keys)))
            .subquery("gathered")
        )
        count, spans = gathered.c.rows, gathered.c.spans
        middle = _mean_of_middle(spans[(count + 1) // 2], spans[(count + 2) // 2])
        return self._median_line(index, gathered, middle)

    def _median_line(self, index: int, keys: sa.Subquery, median: sa.Cast[int]) -> sa.Select[Any]:
        """Return a median's lines in the shape of the statement, NULL for all other numbers."""
        others = (sa.cast(sa.null(), sa.BigInteger) for _ in range(len(self.numbers) - 1))
        return sa.select(keys.c.by, keys.c.key, sa.literal(index), median, *others)


def _unpivot_keys(lines: sa.Subquery, dimensions: Sequence[str]) -> sa.Values:
    """Turn a line's columns `department`, `kind`, … into rows of dimension and key.

    A key is NULL where the line belongs to none. The whole city is a dimension too, with the lines
    of the first grouping set.
    """
    city_key = sa.case((lines.c[GROUPING_SETS[0][0]].is_not(None), CITY))
    keys = [(CITY, city_key), *((by, key_of(lines, by)) for by in dimensions)]
    return (
        sa.values(sa.column("by", sa.Text), sa.column("key", sa.Text), name="each")
        .data([(sa.literal(by), key) for by, key in keys])
        .lateral()
    )


def _mean_of_middle(lower: sa.ColumnElement[float], upper: sa.ColumnElement[float]) -> sa.Cast[int]:
    """Return the median in whole seconds, of the two spans in the middle; they may be the same."""
    return sa.cast(sa.func.floor((lower + upper) / 2), sa.BigInteger)


def _grouping_numbers(names: Sequence[str]) -> dict[int, str]:
    """Return each dimension by the number that SQL's GROUPING() gives to its groups.

    That number has a bit for every dimension that the group is not of.
    """
    all_bits = (1 << len(names)) - 1
    return {all_bits - (1 << n): name for n, name in enumerate(reversed(names))}


def _not_imported_later(rows: sa.Subquery, window: CountWindow) -> Iterator[sa.ColumnElement[bool]]:
    """Leave out appeals imported after the edition that is being recounted (Rules 6)."""
    if window.imported_by is not None:
        yield ~sa.exists().where(
            ImportedAppeal.appeal_id == rows.c.appeal_id,
            ImportedAppeal.imported_at > window.imported_by,
        )
