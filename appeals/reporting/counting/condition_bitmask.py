"""Bitmasks for counting: every row gets one bit for each condition that holds for it.

Some sixty measures are made of the same few conditions, joined by AND. So a count does not test
each row once for each measure:

1. `ConditionBits.mask_of` gives each condition a bit of its own. The mask of a set of conditions
   has the bits of all of them.
2. `ConditionBits.row_mask` is the SQL column of a row's mask; it tests each condition once.
3. Rows are grouped and counted by their mask; a month has a few hundred different ones. A number
   is the sum over those masks that have all its bits: `row_mask & bits = bits`, see `has_bits`.

Example: let "due in the period" have bit 0 and "met by the due moment" bit 1. The on-time rate has
the population mask 0b01 and the met mask 0b11. A row with mask 0b11 counts in both, a row with mask
0b01 in the population alone.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add

import sqlalchemy as sa

from appeals.reporting.measures.measure_shapes import Condition, CountWindow

MAX_CONDITIONS = 62
"""The bits of a PostgreSQL bigint, less its sign."""


class ConditionBits:
    """The conditions of all measures of a count, each with its bit."""

    def __init__(self) -> None:
        """Start without conditions."""
        self.bit_numbers: dict[Condition, int] = {}
        self.combinations: list[frozenset[Condition]] = []

    def mask_of(self, conditions: Iterable[Condition]) -> int:
        """Return the mask of these conditions together; a new condition gets the next bit."""
        distinct = dict.fromkeys(conditions)
        self.combinations.append(frozenset(distinct))
        bits = (self.bit_numbers.setdefault(each, len(self.bit_numbers)) for each in distinct)
        mask = sum(1 << number for number in bits)
        assert len(self.bit_numbers) <= MAX_CONDITIONS, "one bigint no longer holds all conditions"
        return mask

    def row_mask(self, rows: sa.Subquery, window: CountWindow) -> sa.ColumnElement[int]:
        """Return the SQL column of a row's mask, after all masks were asked for.

        A condition that measures use only together with another one, as "met by the due moment"
        with "due in the period", is tested only where that other one holds; elsewhere its bit is 0.
        That saves the test, and rows that are equal for every measure get the same mask.
        """
        dependents = dict[Condition | None, list[Condition]]()
        for each in self.bit_numbers:
            dependents.setdefault(self._find_leader(each), []).append(each)
        bits = [
            self._bit_with_dependents(each, dependents.get(each, ()), rows, window)
            for each in dependents[None]
        ]
        return sa.cast(reduce(add, bits), sa.BigInteger)

    def _bit_with_dependents(
        self,
        condition: Condition,
        dependents: Iterable[Condition],
        rows: sa.Subquery,
        window: CountWindow,
    ) -> sa.ColumnElement[int]:
        bit: sa.ColumnElement[int] = bigint_literal(1 << self.bit_numbers[condition])
        more = (self._bit_with_dependents(each, (), rows, window) for each in dependents)
        return sa.case((condition(rows, window), reduce(add, more, bit)), else_=bigint_literal(0))

    def _find_leader(self, condition: Condition) -> Condition | None:
        """Return the condition that accompanies this one in every combination; None if none does.

        Of several it is the one in most combinations. A leader has no leader of its own: that one
        would be with the dependents too, and lead them.
        """
        always_with = frozenset.intersection(
            *(each for each in self.combinations if condition in each)
        )
        leader = max(always_with, key=self._leader_rank)
        return None if leader is condition else leader

    def _leader_rank(self, condition: Condition) -> tuple[int, int]:
        uses = sum(condition in each for each in self.combinations)
        return uses, -self.bit_numbers[condition]


def bigint_literal(bits: int) -> sa.ColumnElement[int]:
    """Write a number into the statement itself: PostgreSQL sees that equal expressions are equal.

    As bound parameters two equal numbers would be two different expressions.
    """
    return sa.literal_column(str(bits), sa.BigInteger)


def has_bits(mask: sa.ColumnElement[int], bits: int) -> sa.ColumnElement[bool]:
    """Return the SQL expression that the mask has all of the bits."""
    return keep_bits(mask, bits) == bigint_literal(bits)


def keep_bits(mask: sa.ColumnElement[int], bits: int) -> sa.ColumnElement[int]:
    """Return the mask with all other bits cleared."""
    return mask.bitwise_and(bigint_literal(bits))
