"""The overview of a report: the figures of its charts and of their tables.

Pages and the PDF draw the same data points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from appeals.domain.calendar import city_day
from appeals.domain.messages import Labelled, context_message, message
from appeals.domain.vocabulary import Tier
from appeals.models.report import Report
from appeals.reporting.charts import DataPoint
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.measures.measure_shapes import NO_CASES
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.tables.report_tables import cell_of
from appeals.reporting.tables.sections import FigureLine, MeasureSection, Reader

HEADLINES = (
    MeasureName.COMPLETION,
    MeasureName.ON_TIME,
    MeasureName.RESOLUTION,
    MeasureName.SATISFACTION,
)
OVERVIEW_BREAKDOWNS = (
    CITY,
    Breakdown.DISTRICT,
    Breakdown.DEPARTMENT,
    Breakdown.DAY,
    Breakdown.DAYS,
)
"""The breakdowns that an overview reads."""
MAX_DEPARTMENTS = 10


class FunnelMeasure(NamedTuple):
    """A step of the funnel: its label, the city's cell, and which of its two numbers it shows."""

    label: Labelled
    cell: Cell
    part: Literal["numerator", "denominator"]


class LabelledCount(NamedTuple):
    """A number with what it counts, in the reader's language."""

    label: str
    number: int


class DistrictCompletion(NamedTuple):
    """A district's completion rate, and how many appeals were filed there."""

    line: FigureLine
    filed: int


_COMPLETION_OF_DISPATCHED = cell_of(MeasureName.COMPLETION, variant=MeasureVariant.DISPATCHED)
FUNNEL = (
    FunnelMeasure(context_message("report", "Filed"), cell_of(MeasureName.FILED), "numerator"),
    FunnelMeasure(message("Valid"), cell_of(MeasureName.COMPLETION), "denominator"),
    FunnelMeasure(message("Dispatched"), _COMPLETION_OF_DISPATCHED, "denominator"),
    FunnelMeasure(message("Completed"), _COMPLETION_OF_DISPATCHED, "numerator"),
    FunnelMeasure(message("Rated"), cell_of(MeasureName.SATISFACTION_OF_FILED), "denominator"),
    FunnelMeasure(message("Satisfied"), cell_of(MeasureName.SATISFACTION_OF_FILED), "numerator"),
)


@dataclass(frozen=True)
class HeadlineRate:
    """One rate of the whole city, with the definition that the report stores."""

    section: MeasureSection
    line: FigureLine


@dataclass(frozen=True)
class Overview:
    """The figures of an overview.

    `funnel` follows the appeals filed, step by step. `districts` has each district's completion
    rate and number of appeals filed; `departments` the on-time rate of the municipal ones with
    the most due. `days` counts appeals filed by day, `spread` rounds closed by days to the answer.
    What an older report did not count is empty.
    """

    headlines: tuple[HeadlineRate, ...]
    funnel: tuple[LabelledCount, ...]
    districts: tuple[DistrictCompletion, ...]
    departments: tuple[FigureLine, ...]
    days: Mapping[date, int]
    spread: tuple[LabelledCount, ...]
    first: date
    last: date


def build_overview(reader: Reader, report: Report, figures: Mapping[Cell, Numbers]) -> Overview:
    """Build the overview; `figures` need only those of `OVERVIEW_BREAKDOWNS`."""
    sections = {each.name: each for each in reader.sections(report, figures, CITY)}
    found = [sections[name] for name in HEADLINES if name in sections]
    counted = _counts_by_key(figures, Breakdown.DAY, MeasureName.FILED_DAILY)
    return Overview(
        headlines=tuple(HeadlineRate(each, each.lines[0]) for each in found),
        funnel=_funnel_steps(reader, figures),
        districts=list_districts(reader, report, figures),
        departments=_busiest_departments(reader, report, figures),
        days={date.fromisoformat(key): n for key, n in counted.items()},
        spread=_days_to_answer(
            reader, _counts_by_key(figures, Breakdown.DAYS, MeasureName.ANSWERED)
        ),
        first=city_day(report.start),
        last=city_day(report.end - timedelta(seconds=1)),
    )


def _funnel_steps(reader: Reader, figures: Mapping[Cell, Numbers]) -> tuple[LabelledCount, ...]:
    steps = [
        LabelledCount(each.label.label(reader.language), getattr(figures[each.cell], each.part))
        for each in FUNNEL
        if each.cell in figures
    ]
    return tuple(steps) if len(steps) == len(FUNNEL) else ()


def list_districts(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers]
) -> tuple[DistrictCompletion, ...]:
    """Return each district's completion rate, with how many appeals were filed there."""
    lines = reader.measure_lines(report, figures, Breakdown.DISTRICT, MeasureName.COMPLETION)
    return tuple(
        DistrictCompletion(
            line,
            figures.get(
                cell_of(MeasureName.FILED, Breakdown.DISTRICT, line.cell.key), NO_NUMBERS
            ).numerator,
        )
        for line in lines
        if line.cell.variant == MeasureVariant.ALL
    )


def district_points(of_districts: Sequence[DistrictCompletion]) -> list[DataPoint]:
    """Return the data points of the tile map."""
    return [
        DataPoint(line.key, line.value, line.shown, f"{filed:,}", line.cell.key, line.has_few_cases)
        for line, filed in of_districts
    ]


def share_points(lines: Sequence[FigureLine]) -> list[DataPoint]:
    """Return the data points of shares, each with both its numbers."""
    return [
        DataPoint(
            line.key,
            line.value,
            line.shown,
            f"{line.numerator:,} / {line.denominator:,}",
            is_few=line.has_few_cases,
        )
        for line in lines
    ]


def funnel_points(funnel: Sequence[LabelledCount], language: str) -> list[DataPoint]:
    """Return the data points of a funnel, each with its share of the appeals filed, in words."""
    whole = funnel[0].number if funnel else 0
    return [
        DataPoint(label, n, f"{n:,}", _share_of_filed(n, whole).label(language))
        for label, n in funnel
    ]


def _share_of_filed(n: int, whole: int) -> Labelled:
    share = f"{n / whole:.1%}" if whole else NO_CASES
    return message("%(share)s of those filed", share=share)


def days_points(spread: Sequence[LabelledCount]) -> list[DataPoint]:
    """Return the data points of rounds by days to the answer."""
    return [DataPoint(label, n, f"{n:,}", key=str(day)) for day, (label, n) in enumerate(spread)]


def _busiest_departments(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers]
) -> tuple[FigureLine, ...]:
    """Return the on-time rates of the municipal departments with the most due (Domain 4)."""
    known = reader.city.departments
    lines = [
        line
        for line in reader.measure_lines(report, figures, Breakdown.DEPARTMENT, MeasureName.ON_TIME)
        if line.cell.key in known and known[line.cell.key].tier is Tier.MUNICIPAL
    ]
    return tuple(sorted(lines, key=lambda line: -line.denominator)[:MAX_DEPARTMENTS])


def _counts_by_key(
    figures: Mapping[Cell, Numbers], by: Breakdown, measure: MeasureName
) -> dict[str, int]:
    return {
        cell.key: numbers[0]
        for cell, numbers in figures.items()
        if (cell.by, cell.measure) == (by, measure)
    }


def _days_to_answer(reader: Reader, counted: Mapping[str, int]) -> tuple[LabelledCount, ...]:
    """Return every number of days up to the greatest, with the number of rounds that took it."""
    last = max(map(int, counted), default=-1)
    return tuple(LabelledCount(reader.days(n), counted.get(f"{n:02}", 0)) for n in range(last + 1))
