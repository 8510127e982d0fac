"""Every measure over one kind of measured row, in every breakdown, by one look at each row.

The database counts how many rows of each key bear which mask (`reporting/marks.py`) and adds up
their spans; from that few thousand lines each measure's numbers are sums. Only a median needs the
spans themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from appeals.act import Act
from appeals.reporting.asof import TIMES, Source
from appeals.reporting.definitions import COLUMNS
from appeals.reporting.marks import Marks, holding, joined
from appeals.reporting.rates import CITY, Mean, Measure, Median, Window, parts

FOR_A_MONTH = (
    "SET LOCAL work_mem = '64MB'",  # with less a month's rows are sorted and hashed over the disk
    "SET LOCAL jit = off",
    # a month's rows are few of each table's: an index finds them, hashing would read all years
    "SET LOCAL enable_hashjoin = off",
    "SET LOCAL enable_mergejoin = off",
)
"""How the database works on the few large statements of a count."""
AS_BEFORE = ("SET LOCAL enable_hashjoin = on", "SET LOCAL enable_mergejoin = on")
"""For what else the transaction asks: of the texts, of what the report stands beside."""
TOGETHER = (("kind", "channel"), ("department",), ("district", "street"), ("category",))
"""The dimensions, those beside each other that have few pairs: one grouping serves both.

Every row has a kind, so the first are summed up for the city.
"""
NONE = sa.cast(sa.null(), sa.BigInteger)
Columns = Sequence[sa.ColumnElement[Any]]
Found = tuple[str, str, Measure, str, tuple[int, int]]
"""By, key, measure, variant, and the two numbers."""


@dataclass(frozen=True)
class Column:
    """A measure in one of its variants, with the bits of its population and of what met it."""

    measure: Measure
    variant: str
    of: int
    met: int


def counted(act: Act, over: Source, window: Window) -> Iterator[Found]:
    """Count all measures over one kind of row; the city's also where they are of nothing."""
    count = _Count(over)
    for setting in FOR_A_MONTH:
        act.session.execute(sa.text(setting))
    totals = {(CITY, CITY): [0] * 2 * len(count.columns)}
    for row in act.session.execute(count.statement(window)):
        count.add(totals, row)
    for setting in AS_BEFORE:
        act.session.execute(sa.text(setting))
    for (by, key), numbers in totals.items():
        for n, column in enumerate(count.columns):
            met, of = numbers[2 * n : 2 * n + 2]
            if by in column.measure.by and (of or by == CITY):
                yield by, key, column.measure, column.variant, (met, of)


class _Count:
    """How the measures over one kind of row are counted."""

    def __init__(self, over: Source) -> None:
        self.over, self.marks = over, Marks()
        self.columns = [
            Column(measure, variant, *self._masks(measure, variant))
            for measure in COLUMNS
            for variant, _ in measure.variants
            if measure.over is over
        ]
        self.width = self.marks.width
        asked = {by for column in self.columns for by in column.measure.by}
        self.together = [*TOGETHER, *((by,) for by in TIMES if by in asked)]
        self.keys = [by for together in self.together for by in together]
        spans = (c.measure.span for c in self.columns if isinstance(c.measure, Mean))
        self.spans = list(dict.fromkeys(spans))
        self.by = {self._which(*each): each for each in self.together}
        self.by |= {self._which(by): (by,) for by in self.keys} | {self._which(): ()}
        self.slots: dict[tuple[int, ...], list[tuple[int, int]]] = {}

    def _masks(self, measure: Measure, variant: str) -> tuple[int, int]:
        of = self.marks.mask(measure.conditions(variant))
        return of, of | self.marks.mask(parts(measure.met))

    def _which(self, *keys: str) -> int:
        """Give PostgreSQL's number of a grouping by these keys: a bit for each key it is not by."""
        bits = reversed([key not in keys for key in self.keys])
        return sum(1 << n for n, absent in enumerate(bits) if absent)

    def statement(self, window: Window) -> sa.CompoundSelect[*tuple[Any, ...]]:
        """Give the lines of each mask of each grouping, and those of each key's medians.

        A line is: which grouping, its key, the other key beside it, rows, sums of spans, medians,
        masks; what is not its is NULL.
        """
        rows = self.over(window.period, window.cut_off)
        marked = (
            sa.select(
                *(rows.c[name] for name in self.keys),
                *(
                    mark.label(f"mask_{n}")
                    for n, mark in enumerate(self.marks.columns(rows, window))
                ),
                *(span(rows).label(f"span_{n}") for n, span in enumerate(self.spans)),
            )
            .cte("marked")
            .prefix_with("MATERIALIZED")
        )
        masks = [marked.c[f"mask_{n}"] for n in range(self.marks.width)]
        spans = [marked.c[f"span_{n}"] for n in range(len(self.spans))]
        keys = [[marked.c[by] for by in together] for together in self.together]
        each = [key for together in keys for key in together]
        return sa.union_all(self._by_mask(keys, masks, spans), *self._middles(each, masks, spans))

    def _by_mask(self, keys: Sequence[Columns], masks: Columns, spans: Columns) -> sa.Select[Any]:
        sets = [sa.tuple_(*together, *masks) for together in keys]
        return sa.select(
            sa.func.grouping(*(key for together in keys for key in together)),
            sa.func.coalesce(*(together[0] for together in keys)),
            sa.func.coalesce(*(together[1] for together in keys if len(together) > 1)),
            sa.func.count(),
            *(sa.cast(sa.func.sum(span), sa.BigInteger) for span in spans),
            *(NONE for _ in self._medians()),
            *masks,
        ).group_by(sa.func.grouping_sets(*sets))

    def _middles(self, keys: Columns, masks: Columns, spans: Columns) -> Iterator[sa.Select[Any]]:
        """Gather the spans of each key by hashing, and only then sort them."""
        asked = [self.columns[n] for n in self._medians()]
        if not asked:
            return
        bears = [holding(masks, column.of) for column in asked]
        gathered = (
            sa.select(
                sa.func.grouping(*keys).label("which"),
                sa.func.coalesce(*keys).label("key"),
                *(
                    sa.func.array_agg(spans[self._span(column)], type_=ARRAY(sa.BigInteger()))
                    .filter(held)
                    .label(f"spans_{n}")
                    for n, (column, held) in enumerate(zip(asked, bears, strict=True))
                ),
            )
            .where(sa.or_(*bears))
            .group_by(sa.func.grouping_sets(sa.tuple_(), *(sa.tuple_(key) for key in keys)))
            .subquery("gathered")
        )
        middles = (_middle(gathered.c[f"spans_{n}"]) for n in range(len(asked)))
        nothing = (NONE for _ in (None, *spans))
        yield sa.select(
            gathered.c.which,
            gathered.c.key,
            sa.cast(sa.null(), sa.Text),
            *nothing,
            *middles,
            *(NONE for _ in masks),
        )

    def add(self, totals: dict[tuple[str, str], list[int]], line: Sequence[Any]) -> None:
        """Add a line to the numbers of its keys, two for each column."""
        which, one, other, *numbers = line
        masks = tuple(numbers[-self.width :])
        by = self.by[which]
        keys = [(name, key) for name, key in zip(by, (one, other), strict=False) if key is not None]
        if by in {(), TOGETHER[0]}:
            keys.append((CITY, CITY))
        for key in keys:
            sums = totals.get(key) or totals.setdefault(key, [0] * 2 * len(self.columns))
            if masks[0] is None:
                start = 1 + len(self.spans)
                for slot, middle in zip(self._medians(), numbers[start:], strict=False):
                    sums[2 * slot] = middle
            else:
                for slot, number in self._slots(masks):
                    sums[slot] += numbers[number]

    def _slots(self, masks: tuple[int, ...]) -> list[tuple[int, int]]:
        """Give to which numbers of a key a mask's line is added, and which of its own it is."""
        if masks not in self.slots:
            mask = joined(masks)
            self.slots[masks] = [
                slot
                for n, column in enumerate(self.columns)
                if mask & column.of == column.of
                for slot in self._of(n, column, met=mask & column.met == column.met)
            ]
        return self.slots[masks]

    def _of(self, n: int, column: Column, *, met: bool) -> Iterator[tuple[int, int]]:
        yield 2 * n + 1, 0
        if isinstance(column.measure, Median):
            return
        if isinstance(column.measure, Mean):
            yield 2 * n, 1 + self._span(column)
        elif met:
            yield 2 * n, 0

    def _medians(self) -> list[int]:
        return [n for n, column in enumerate(self.columns) if isinstance(column.measure, Median)]

    def _span(self, column: Column) -> int:
        assert isinstance(column.measure, Mean)
        return self.spans.index(column.measure.span)


def _middle(spans: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Give the median in whole seconds; of two middle ones their mean."""
    each = sa.func.unnest(spans).column_valued("span")
    middle = sa.func.percentile_cont(0.5).within_group(each)
    whole = sa.cast(sa.func.floor(sa.func.coalesce(middle, 0)), sa.BigInteger)
    return sa.select(whole).scalar_subquery()
