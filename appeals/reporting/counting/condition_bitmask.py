"""A row's mask: one bit for each condition that holds, looked at once for all measures.

A measure's population and what met it are conditions joined by “and”, and most measures share most
of theirs. So rows are counted by their mask, of which a month has a few hundred, and a measure's
numbers are the sums over the masks that bear all of its bits.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add

import sqlalchemy as sa

from appeals.reporting.measures.measure_shapes import Condition, CountWindow

MAX_CONDITIONS = 62
"""The most conditions that are counted at once: the bits of a bigint, less its sign."""


class ConditionBits:
    """The conditions that were asked for so far, each with a bit of its own."""

    def __init__(self) -> None:
        """Begin with none."""
        self.conditions: dict[Condition, int] = {}
        self.asked: list[frozenset[Condition]] = []

    def mask(self, conditions: Iterable[Condition]) -> int:
        """Give the bits of the conditions, which hold where all of them are set."""
        together = dict.fromkeys(conditions)
        self.asked.append(frozenset(together))
        bits = (self.conditions.setdefault(each, len(self.conditions)) for each in together)
        mask = sum(1 << n for n in bits)
        assert len(self.conditions) <= MAX_CONDITIONS, "one column no longer holds all conditions"
        return mask

    def column(self, rows: sa.Subquery, window: CountWindow) -> sa.ColumnElement[int]:
        """Give the column of a row's mask.

        What is asked only beside another condition is looked at only where that one holds: it costs
        nothing elsewhere, and rows that no measure tells apart have one mask.
        """
        behind = dict[Condition | None, list[Condition]]()
        for each in self.conditions:
            behind.setdefault(self._before(each), []).append(each)
        bits = [self._bit(each, behind.get(each, ()), rows, window) for each in behind[None]]
        return sa.cast(reduce(add, bits), sa.BigInteger)

    def _bit(
        self,
        condition: Condition,
        behind: Iterable[Condition],
        rows: sa.Subquery,
        window: CountWindow,
    ) -> sa.ColumnElement[int]:
        bit: sa.ColumnElement[int] = bigint_literal(1 << self.conditions[condition])
        more = (self._bit(each, (), rows, window) for each in behind)
        return sa.case((condition(rows, window), reduce(add, more, bit)), else_=bigint_literal(0))

    def _before(self, condition: Condition) -> Condition | None:
        """Give the condition beside which alone this one is asked, the one asked most; if any.

        It is beside whatever is asked beside it, so it is itself asked beside none.
        """
        beside = frozenset.intersection(*(each for each in self.asked if condition in each))
        first = max(beside, key=self._rank)
        return None if first is condition else first

    def _rank(self, condition: Condition) -> tuple[int, int]:
        return sum(condition in each for each in self.asked), -self.conditions[condition]


def bigint_literal(bits: int) -> sa.ColumnElement[int]:
    """Give a whole number as it is written in the statement, so that the same are the same."""
    return sa.literal_column(str(bits), sa.BigInteger)


def has_bits(mask: sa.ColumnElement[int], bits: int) -> sa.ColumnElement[bool]:
    """Hold where the mask bears all of the bits."""
    return keep_bits(mask, bits) == bigint_literal(bits)


def keep_bits(mask: sa.ColumnElement[int], bits: int) -> sa.ColumnElement[int]:
    """Give the mask with these bits alone."""
    return mask.bitwise_and(bigint_literal(bits))
