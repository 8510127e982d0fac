"""The condition bitmask: which conditions hold for a row, as one number.

Each condition of a count has a bit, a power of two: 1, 2, 4, 8, … The mask of a row is the sum of
the bits of the conditions that hold for it; the mask of a measure is the sum of the bits that it
asks for. A row counts for a measure if it has all of the measure's bits.

Example: let "due in the period" have bit 1 and "met by the due moment" bit 2. The on-time rate has
1 as the mask of its denominator and 1 + 2 = 3 as that of its numerator. A row with mask 3 counts
in both, a row with mask 1 in the denominator alone, a row with mask 2 in neither.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add

import sqlalchemy as sa

from appeals.reporting.measures.conditions import Condition
from appeals.reporting.snapshot.count_window import CountWindow


class ConditionBits:
    """The distinct conditions of a count, each with its bit; at most 62 fit a bigint."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        """Give each distinct condition the next bit."""
        distinct = dict.fromkeys(part for each in conditions for part in each.parts)
        self.bits = {condition: 1 << number for number, condition in enumerate(distinct)}

    def mask_of(self, condition: Condition) -> int:
        """Return the mask that a row has at least if the condition holds for it."""
        return sum(self.bits[part] for part in set(condition.parts))

    def row_mask(self, rows: sa.Subquery, window: CountWindow) -> sa.ColumnElement[int]:
        """Return the SQL expression of a row's mask."""
        bits = (
            sa.case((condition.sql(rows, window), bit), else_=0)
            for condition, bit in self.bits.items()
        )
        return reduce(add, bits, sa.cast(0, sa.BigInteger))
