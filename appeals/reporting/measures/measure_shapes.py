"""The shapes of a measure: count, rate, mean, median; each is two conditions over measured rows.

`of` says which rows a measure is over, `met` which of those count; the figures, the lists of
cases and the verifier use these same two expressions. Whole numbers come out, never a percentage.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import chain
from typing import ClassVar

import sqlalchemy as sa

from appeals.domain.calendar import Period
from appeals.reporting.snapshot.snapshot_rows import DAY_SECONDS, DIMENSIONS, ROW_NAMES, Source

NO_CASES = "–"
WITHHELD = "＊"
"""What stands for a figure that is counted and not published (`editions/small_cells.py`)."""
CITY = "city"
BREAKDOWNS = (CITY, *DIMENSIONS)


@dataclass(frozen=True)
class CountWindow:
    """The period measured and the cut-off as of which it is.

    What an import brought after `imported_by` is left out; None leaves nothing out.
    """

    period: Period
    cut_off: datetime
    imported_by: datetime | None = None

    def holds(self, stamp: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
        """Tell whether the stamp lies in the period."""
        return sa.and_(stamp >= self.period.start, stamp < self.period.end)

    @property
    def last(self) -> datetime:
        """Give min(T, end), by which what is due has to be closed."""
        return min(self.cut_off, self.period.end)


Condition = Callable[[sa.Subquery, CountWindow], sa.ColumnElement[bool]]
Span = Callable[[sa.Subquery, CountWindow], sa.ColumnElement[float]]
"""Whole seconds, as a double: of these PostgreSQL makes sums soonest, exact up to 2**53."""


@dataclass(frozen=True)
class AllOf:
    """Holds for the rows for which each of some conditions does; without any, for every row."""

    parts: tuple[Condition, ...]

    def __call__(self, rows: sa.Subquery, window: CountWindow) -> sa.ColumnElement[bool]:
        """Give the condition on a row."""
        return sa.and_(sa.true(), *(each(rows, window) for each in self.parts))


EVERY_ROW = AllOf(())


def flatten_conditions(*conditions: Condition) -> tuple[Condition, ...]:
    """Give the conditions that have to hold together, none of them made of others."""
    found = (each.parts if isinstance(each, AllOf) else (each,) for each in conditions)
    return tuple(chain.from_iterable(found))


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str

    def label(self, language: str) -> str:
        """Give the text in `language`."""
        return self.zh if language.startswith("zh") else self.en


class Shape(Enum):
    """What a figure is when it is read; the value is how a spreadsheet formats it."""

    SHARE = "0.00%"
    COUNT = "#,##0"
    DAYS = "0.00"

    def show(self, value: float | None) -> str:
        """Give what is displayed: two decimals, a count as it is, nothing over nothing a dash."""
        if value is None:
            return NO_CASES
        return {Shape.SHARE: f"{value:.2%}", Shape.COUNT: f"{value:.0f}"}.get(self, f"{value:.2f}")


class Opinions(Enum):
    """What of a measure are ratings or follow-up answers of citizens (Rules 14, small cells)."""

    NONE = "none"
    MET = "met"
    """Those that met it alone; its cases are others."""
    CASES = "cases"
    """All its cases: a cell with few of them tells what single people said."""


def divide(numerator: int, denominator: int) -> float | None:
    """Give so many of so many; None for nothing over nothing."""
    return numerator / denominator if denominator else None


@dataclass(frozen=True)
class Measure:
    """One column of the report.

    `over` gives the measured rows, `base` names the population, `variants` narrow it and are
    counted side by side, `by` are the dimensions it is given by. `version` rises with its meaning.
    `opinions` tells what of it citizens said; small cells of these measures are not published.
    """

    shape: ClassVar[Shape] = Shape.SHARE
    name: str
    label: Words
    meaning: Words
    over: Source
    base: str
    population: Condition
    met: Condition = EVERY_ROW
    variants: tuple[tuple[str, Condition], ...] = (("all", EVERY_ROW),)
    by: tuple[str, ...] = BREAKDOWNS
    version: int = 1
    opinions: Opinions = Opinions.NONE

    def conditions(self, variant: str) -> tuple[Condition, ...]:
        """Give the conditions of the denominator; each holds for what is counted in it."""
        return flatten_conditions(self.population, dict(self.variants)[variant])

    def population_condition(
        self, rows: sa.Subquery, window: CountWindow, variant: str
    ) -> sa.ColumnElement[bool]:
        """Give the condition of the denominator."""
        return AllOf(self.conditions(variant))(rows, window)

    def value(self, numerator: int, denominator: int) -> float | None:
        """Give the figure that the two whole numbers make; None for nothing over nothing."""
        return divide(numerator, denominator)

    def show(self, numerator: int, denominator: int) -> str:
        """Give what is displayed."""
        return self.shape.show(self.value(numerator, denominator))

    @property
    def definition(self) -> dict[str, object]:
        """Give what an edition keeps of the measure."""
        return {
            "name": self.name,
            "version": self.version,
            "label": {"zh": self.label.zh, "en": self.label.en},
            "meaning": {"zh": self.meaning.zh, "en": self.meaning.en},
            "over": ROW_NAMES[self.over],
        }


@dataclass(frozen=True)
class Rate(Measure):
    """So many of so many."""


@dataclass(frozen=True)
class Count(Measure):
    """How many rows there are: both whole numbers are that count."""

    shape: ClassVar[Shape] = Shape.COUNT

    def value(self, numerator: int, denominator: int) -> float | None:
        """Give the count."""
        del denominator
        return numerator


@dataclass(frozen=True, kw_only=True)
class Mean(Measure):
    """The mean of a span: the numerator is the sum in whole seconds, the denominator the rows.

    `of_calendar` tells that the span counts working days, so another calendar gives another figure.
    """

    shape: ClassVar[Shape] = Shape.DAYS
    span: Span
    of_calendar: bool = False

    def value(self, numerator: int, denominator: int) -> float | None:
        """Give days."""
        return numerator / denominator / DAY_SECONDS if denominator else None


@dataclass(frozen=True, kw_only=True)
class Median(Mean):
    """The median of a span: the numerator is the median itself in whole seconds; never summed."""

    def value(self, numerator: int, denominator: int) -> float | None:
        """Give days."""
        return numerator / DAY_SECONDS if denominator else None
