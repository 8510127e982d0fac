"""The shapes of a measure: `Count`, `Rate`, `Mean` and `Median` over the rows of a snapshot.

A measure is an object with two conditions: `population` says which rows it is over (the
denominator), `met` which of those count (the numerator). The count of a month, the lists of cases
behind a figure and the recount of an edition all use these same two conditions. A figure is stored
as two whole numbers; percentages are made on display.

How many rows meet which conditions is counted by `reporting/counting/breakdown_counts.py`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from appeals.domain.messages import Labelled, Message
from appeals.reporting.measures.conditions import EVERY_ROW, AllOf, Condition, all_of
from appeals.reporting.measures.durations import Duration
from appeals.reporting.measures.measure_names import MeasureBase, MeasureName, MeasureVariant
from appeals.reporting.snapshot.breakdowns import BREAKDOWNS, Breakdown
from appeals.reporting.snapshot.snapshot_rows import DAY_SECONDS, ROW_NAMES, Source

STORED_LANGUAGES = ("zh", "en")
"""The languages of the texts in an edition."""
NO_CASES = "–"
"""Shown for a figure without cases: its denominator is 0."""
WITHHELD = "＊"
"""Shown for a figure that is counted and not published (`editions/small_cells.py`)."""


class Shape(Enum):
    """How a figure is displayed; the value is its format in a spreadsheet."""

    SHARE = "0.00%"
    COUNT = "#,##0"
    DAYS = "0.00"

    def show(self, value: float | None) -> str:
        """Return the displayed text: two decimals, a count as it is, a dash without cases."""
        if value is None:
            return NO_CASES
        return {Shape.SHARE: f"{value:.2%}", Shape.COUNT: f"{value:.0f}"}.get(self, f"{value:.2f}")


class Opinions(Enum):
    """Which numbers of a measure count ratings or follow-up answers (Rules 14, small cells)."""

    NONE = "none"
    MET = "met"
    """The numerator alone; the denominator counts something else."""
    CASES = "cases"
    """Both: a cell with few cases reveals individual opinions, and may be withheld."""


def store_text(text: Labelled) -> dict[str, str]:
    """Return a text in the two languages that an edition stores."""
    return {language: text.label(language) for language in STORED_LANGUAGES}


def divide(numerator: int, denominator: int) -> float | None:
    """Return the share, between 0 and 1; None without cases."""
    return numerator / denominator if denominator else None


@dataclass(frozen=True)
class Measure:
    """One column of the report.

    Attributes:
        name: Its code in editions, files and addresses; never changed.
        label: Its name for readers.
        meaning: What it counts, published with the figures and stored with each edition.
        over: The snapshot rows that it counts, such as appeals, rounds or dispatches.
        base: The base of its population in Rules 4.
        population: Which rows are its cases, the denominator.
        met: Which of them count, the numerator.
        variants: Narrower populations by name, each with figures of its own.
        by: The breakdowns in which it is counted.
        version: Rises only if the figure of a published month would change (Rules 5).
        opinions: Which of its numbers are citizens' opinions, whose small cells are withheld.
    """

    shape: ClassVar[Shape] = Shape.SHARE
    name: MeasureName
    label: Message
    meaning: Message
    over: Source
    base: MeasureBase
    population: Condition
    met: Condition = EVERY_ROW
    variants: tuple[tuple[MeasureVariant, Condition], ...] = ((MeasureVariant.ALL, EVERY_ROW),)
    by: tuple[Breakdown, ...] = BREAKDOWNS
    version: int = 1
    opinions: Opinions = Opinions.NONE

    def case_condition(self, variant: MeasureVariant) -> AllOf:
        """Return the condition of the denominator in one variant."""
        return all_of(self.population, dict(self.variants)[variant])

    def value(self, numerator: int, denominator: int) -> float | None:
        """Return the figure that the two whole numbers make; None without cases."""
        return divide(numerator, denominator)

    def show(self, numerator: int, denominator: int) -> str:
        """Return the displayed text of the two whole numbers."""
        return self.shape.show(self.value(numerator, denominator))

    @property
    def definition(self) -> dict[str, object]:
        """Return what an edition stores of the measure; it is under the edition's digest."""
        return {
            "name": self.name,
            "version": self.version,
            "label": store_text(self.label),
            "meaning": store_text(self.meaning),
            "over": ROW_NAMES[self.over],
        }


@dataclass(frozen=True)
class Rate(Measure):
    """The share of the population that met a condition."""


@dataclass(frozen=True)
class Count(Measure):
    """The number of rows in the population; numerator and denominator are both that number."""

    shape: ClassVar[Shape] = Shape.COUNT

    def value(self, numerator: int, denominator: int) -> float | None:
        """Return the count."""
        del denominator
        return numerator


@dataclass(frozen=True, kw_only=True)
class Mean(Measure):
    """The mean duration, in days: the numerator is the sum in whole seconds."""

    shape: ClassVar[Shape] = Shape.DAYS
    duration: Duration

    def value(self, numerator: int, denominator: int) -> float | None:
        """Return days."""
        return numerator / denominator / DAY_SECONDS if denominator else None


@dataclass(frozen=True, kw_only=True)
class Median(Mean):
    """The median duration, in days: the numerator is the median itself in whole seconds.

    Medians of months or keys cannot be added up to that of a longer period or of the city.
    """

    def value(self, numerator: int, denominator: int) -> float | None:
        """Return days."""
        return numerator / DAY_SECONDS if denominator else None
