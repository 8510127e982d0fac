"""`Cell` and `Numbers`: which figure, and the two whole numbers that it is stored as."""

from typing import NamedTuple, Self

from appeals.reporting.snapshot.breakdowns import CITY, Breakdown


class Numbers(NamedTuple):
    """The two whole numbers of a figure."""

    numerator: int
    denominator: int

    @property
    def missed(self) -> int:
        """Return how many cases of a rate are in the denominator alone."""
        return self.denominator - self.numerator


BREAKDOWN_BY_CODE = {each.value: each for each in Breakdown}
"""Looked up ten thousand times for a report, which calling the enum would make slow."""
NO_NUMBERS = Numbers(0, 0)
"""The numbers of a cell without cases, which is not stored."""


class Cell(NamedTuple):
    """Which figure.

    Attributes:
        by: The breakdown.
        key: The key in it, such as a department's code.
        base: The code of a `MeasureBase`.
        variant: The code of a `MeasureVariant`.
        measure: The code of a measure. Old editions have bases, variants and measures that are
            no longer defined, so these are plain codes.
    """

    by: Breakdown
    key: str
    base: str
    variant: str
    measure: str

    @classmethod
    def from_codes(cls, by: str, key: str, base: str, variant: str, measure: str) -> Self:
        """Return the cell of five codes as they are stored.

        Raises:
            ValueError: There is no such breakdown.
        """
        return cls(BREAKDOWN_BY_CODE.get(by) or Breakdown(by), key, base, variant, measure)

    def of_city(self) -> Self:
        """Return the whole city's cell of the same measure."""
        return type(self)(CITY, CITY.value, self.base, self.variant, self.measure)
