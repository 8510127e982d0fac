"""A row's mask: one bit for each condition that holds, looked at once for all measures.

A measure's population and what met it are conditions joined by “and”, and most measures share most
of theirs. So rows are counted by their mask, of which a month has about a hundred, and a measure's
numbers are the sums over the masks that bear all of its bits.
"""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add

import sqlalchemy as sa

from appeals.reporting.rates import Condition, Window

WIDTH = 62
"""Bits of one column: a bigint's, less its sign."""


class Marks:
    """The conditions that were asked for so far, each with a bit of its own."""

    def __init__(self) -> None:
        """Begin with none."""
        self.conditions: dict[Condition, int] = {}

    @property
    def width(self) -> int:
        """Give how many columns hold a row's mask."""
        return -(-len(self.conditions) // WIDTH)

    def mask(self, conditions: Iterable[Condition]) -> int:
        """Give the bits of the conditions, which hold where all of them are set."""
        return sum(
            1 << self.conditions.setdefault(each, len(self.conditions)) for each in set(conditions)
        )

    def columns(self, rows: sa.Subquery, window: Window) -> Iterator[sa.ColumnElement[int]]:
        """Give the columns that hold a row's mask, the lowest bits first."""
        bits = [
            sa.case((each(rows, window), sa.literal_column(str(1 << n % WIDTH))), else_=0)
            for each, n in self.conditions.items()
        ]
        for start in range(0, len(bits), WIDTH):
            yield sa.cast(reduce(add, bits[start : start + WIDTH]), sa.BigInteger)


def joined(columns: Iterable[int]) -> int:
    """Give the mask that the columns of a row hold."""
    return sum(column << n * WIDTH for n, column in enumerate(columns))


def holding(columns: Iterable[sa.ColumnElement[int]], mask: int) -> sa.ColumnElement[bool]:
    """Hold where the columns bear all bits of the mask."""
    pieces = ((column, mask >> n * WIDTH & (1 << WIDTH) - 1) for n, column in enumerate(columns))
    return sa.and_(
        *(column.op("&")(sa.literal_column(str(bits))) == bits for column, bits in pieces if bits)
    )
