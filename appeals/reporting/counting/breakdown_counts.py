"""Every measure over one kind of measured row, in every breakdown, by one look at each row.

The database counts how many rows of each key bear which bitmask (`condition_bitmask.py`) and adds
up their spans; from these few thousand lines each measure's numbers are sums. Only a median needs
the spans themselves: those of working days, of which there are few, counted, those of seconds
sorted.
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
    "SET LOCAL work_mem = '64MB'",  # with less a month's rows are sorted and hashed over the disk
    "SET LOCAL jit = off",
    # a month's rows are few of each table's: an index finds them, all else would read all years
    *(f"SET LOCAL {each} = off" for each in FULL_SCAN_SETTINGS),
)
"""How the database works on the few large statements of a count."""
PLANNER_AFTER_COUNT = tuple(f"SET LOCAL {each} = on" for each in FULL_SCAN_SETTINGS)
"""For what else the transaction asks: of the texts, of what the report stands beside."""
GROUPING_SETS = (
    ("kind", "channel"),
    ("department",),
    ("district", "street"),
    ("category",),
    TIME_DIMENSIONS,
)
"""The dimensions, those beside each other that have few pairs: one grouping serves both.

Every row has a kind, so the first are summed up for the city.
"""
CountedCell = tuple[str, str, Measure, str, tuple[int, int]]
"""By, key, measure, variant, and the two numbers."""


@dataclass(frozen=True)
class MeasureVariant:
    """A measure in one of its variants: the bits it asks for, and which numbers are its two."""

    measure: Measure
    variant: str
    bits: int
    of: int
    met: int


def count_breakdowns(act: Act, over: Source, window: CountWindow) -> Iterator[CountedCell]:
    """Count all measures over one kind of row; the city's also where they are of nothing."""
    count = _BreakdownQuery(over)
    for setting in PLANNER_FOR_COUNT:
        act.session.execute(sa.text(setting))
    nothing = [0] * len(count.numbers)
    sums, middles = {(CITY, CITY): nothing}, dict[tuple[int, str, str], int]()
    for by, key, middle_of, *numbers in act.session.execute(count.statement(window)):
        if middle_of is None:
            sums[by, key] = numbers
        else:
            middles[middle_of, by, key] = numbers[0]
    for setting in PLANNER_AFTER_COUNT:
        act.session.execute(sa.text(setting))
    for (by, key), numbers in sums.items():
        for n, column in enumerate(count.columns):
            of = numbers[column.of] or 0
            met = middles.get((n, by, key), numbers[column.met]) or 0
            if by in column.measure.by and (of or by == CITY):
                yield by, key, column.measure, column.variant, (met, of)


class _BreakdownQuery:
    """How the measures over one kind of row are counted."""

    def __init__(self, over: Source) -> None:
        self.over, self.marks = over, ConditionBits()
        self.numbers: dict[tuple[int, Span | None], int] = {}
        self.columns = [
            self._column(measure, variant)
            for measure in COLUMNS
            for variant, _ in measure.variants
            if measure.over is over
        ]
        counted = {by for column in self.columns for by in column.measure.by}
        kept = (tuple(by for by in each if by in counted) for each in GROUPING_SETS)
        self.together = [each for each in kept if each]
        self.keys = tuple(by for each in self.together for by in each)
        self.spans = list(dict.fromkeys(span for _, span in self.numbers if span))

    def _column(self, measure: Measure, variant: str) -> MeasureVariant:
        conditions = measure.conditions(variant)
        of = self.marks.mask(conditions)
        met = self.marks.mask((*conditions, *flatten_conditions(measure.met)))
        span = measure.span if isinstance(measure, Mean) else None
        return MeasureVariant(measure, variant, met, self._number(of), self._number(met, span))

    def _number(self, bits: int, span: Span | None = None) -> int:
        """Give the place of a number: of the rows that bear the bits, or of the sum of a span."""
        return self.numbers.setdefault((bits, span), len(self.numbers))

    def _bits(self, together: Sequence[str]) -> int:
        """Give the bits of all that is counted by some of these keys."""
        by = {*together, CITY} if together == GROUPING_SETS[0] else {*together}
        return reduce(or_, (c.bits for c in self.columns if by & {*c.measure.by}), 0)

    def statement(self, window: CountWindow) -> sa.CompoundSelect[*tuple[Any, ...]]:
        """Give a line for each key: by, key, NULL, all numbers; and one for each of its medians.

        A median's line has its column's place for NULL, and the median for the first number.
        """
        rows = self.over(window.period, window.cut_off)
        marked = (
            sa.select(
                *(rows.c[name] for name in self.keys),
                self.marks.column(rows, window).label("mask"),
                *(span(rows, window).label(span.__name__) for span in self.spans),
            )
            .where(*_not_imported_later(rows, window))
            .cte("marked")
            .prefix_with("MATERIALIZED")
        )
        middles = (
            self._counted_middle(marked, n, column.measure)
            if column.measure.of_calendar
            else self._sorted_middle(marked, n, column.measure)
            for n, column in enumerate(self.columns)
            if isinstance(column.measure, Median)
        )
        return sa.union_all(self._summed(self._by_mask(marked)), *middles)

    def _by_mask(self, marked: sa.CTE) -> sa.Subquery:
        """Count the rows of each mask, and add up their spans, for the keys that go together."""
        masks = [keep_bits(marked.c.mask, self._bits(together)) for together in self.together]
        sets = (
            sa.tuple_(*(marked.c[by] for by in together), mask)
            for together, mask in zip(self.together, masks, strict=True)
        )
        return (
            sa.select(
                *(marked.c[by] for by in self.keys),
                sa.func.coalesce(*masks).label("mask"),
                sa.cast(sa.func.count(), sa.Integer).label("rows"),  # of such sums are quickest
                *(sa.func.sum(marked.c[span.__name__]).label(span.__name__) for span in self.spans),
            )
            .group_by(sa.func.grouping_sets(*sets))
            .subquery("by_mask")
        )

    def _summed(self, by_mask: sa.Subquery) -> sa.Select[Any]:
        """Add up, for each key, the masks that bear the bits of each number."""
        each = _unpivot_keys(by_mask, self.keys)
        numbers = (
            sa.func.sum(by_mask.c[span.__name__ if span else "rows"]).filter(
                has_bits(by_mask.c.mask, bits)
            )
            for bits, span in self.numbers
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

    def _counted_middle(self, marked: sa.CTE, n: int, measure: Median) -> sa.Select[Any]:
        """Count a median's rows by their span, which has few values, up to the middle ones."""
        span = marked.c[measure.span.__name__].label("span")
        together = [[by for by in each if by in measure.by] for each in self.together]
        names = [by for each in together for by in each]
        sets = (sa.tuple_(*(marked.c[by] for by in each), span) for each in together if each)
        by_span = (
            sa.select(*(marked.c[by] for by in names), span, sa.func.count().label("rows"))
            .where(has_bits(marked.c.mask, self.columns[n].bits))
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
        line = self._line(n, counted, _mean_of_middle(lower, upper))
        return line.group_by(counted.c.by, counted.c.key)

    def _sorted_middle(self, marked: sa.CTE, n: int, measure: Median) -> sa.Select[Any]:
        """Sort the spans of a median's rows once, gather them by key, and take the middle ones."""
        span = marked.c[measure.span.__name__].label("span")
        names = [by for by in self.keys if by in measure.by]
        in_order = (
            sa.select(*(marked.c[by] for by in names), span)
            .where(has_bits(marked.c.mask, self.columns[n].bits))
            .order_by(span)
            .subquery("in_order")
        )
        keys = [in_order.c[by] for by in names]
        gathered = (
            sa.select(
                sa.case(_grouping_numbers(names), value=sa.func.grouping(*keys), else_=CITY).label(
                    "by"
                ),
                sa.func.coalesce(*keys, CITY).label("key"),
                sa.func.array_agg(in_order.c.span, type_=ARRAY(sa.Double())).label("spans"),
                sa.func.count().label("rows"),
            )
            .group_by(sa.func.grouping_sets(sa.tuple_(), *(sa.tuple_(key) for key in keys)))
            .subquery("gathered")
        )
        count, spans = gathered.c.rows, gathered.c.spans
        return self._line(
            n, gathered, _mean_of_middle(spans[(count + 1) // 2], spans[(count + 2) // 2])
        )

    def _line(self, n: int, keys: sa.Subquery, middle: sa.Cast[int]) -> sa.Select[Any]:
        """Give the line of a median, which has one number."""
        none = (sa.cast(sa.null(), sa.BigInteger) for _ in range(len(self.numbers) - 1))
        return sa.select(keys.c.by, keys.c.key, sa.literal(n), middle, *none)


def _unpivot_keys(lines: sa.Subquery, names: Sequence[str]) -> sa.Values:
    """Give the keys that a line is of, each beside its dimension; NULL where it is of none."""
    of_city = sa.case((lines.c[GROUPING_SETS[0][0]].is_not(None), CITY))
    keys = [(CITY, of_city), *((by, key_of(lines, by)) for by in names)]
    return (
        sa.values(sa.column("by", sa.Text), sa.column("key", sa.Text), name="each")
        .data([(sa.literal(by), key) for by, key in keys])
        .lateral()
    )


def _mean_of_middle(lower: sa.ColumnElement[float], upper: sa.ColumnElement[float]) -> sa.Cast[int]:
    """Give the middle of the two in the middle, which are one where the rows are odd."""
    return sa.cast(sa.func.floor((lower + upper) / 2), sa.BigInteger)


def _grouping_numbers(names: Sequence[str]) -> dict[int, str]:
    """Give PostgreSQL's number of the grouping by each name: a bit for each of the others."""
    every = (1 << len(names)) - 1
    return {every - (1 << n): name for n, name in enumerate(reversed(names))}


def _not_imported_later(rows: sa.Subquery, window: CountWindow) -> Iterator[sa.ColumnElement[bool]]:
    """Give the condition that no import brought the row after a recounted edition (Rules 6)."""
    if window.imported_by is not None:
        yield ~sa.exists().where(
            ImportedAppeal.appeal_id == rows.c.appeal_id,
            ImportedAppeal.imported_at > window.imported_by,
        )
