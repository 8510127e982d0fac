"""The overview of a report: the figures of its charts and of their tables.

Pages and the PDF draw the same data points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from appeals.domain.calendar import city_day
from appeals.models.report import Report
from appeals.reporting.charts import DataPoint
from appeals.reporting.counting.monthly_drafts import Cell, Numbers
from appeals.reporting.measures.measure_shapes import NO_CASES, Words
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.tables.sections import FigureLine, MeasureSection, Reader

HEADLINES = ("completion", "on_time", "resolution", "satisfaction")
OVERVIEW_BREAKDOWNS = (CITY, "district", "department", "day", "days")
"""The breakdowns that an overview reads."""
MAX_DEPARTMENTS = 10
MUNICIPAL = "municipal"
FUNNEL: tuple[tuple[Words, tuple[str, str, str], int], ...] = (
    (Words("提交", "Filed"), ("filed", "all", "filed"), 0),
    (Words("有效", "Valid"), ("filed", "all", "completion"), 1),
    (Words("派单", "Dispatched"), ("filed", "dispatched", "completion"), 1),
    (Words("办结", "Completed"), ("filed", "dispatched", "completion"), 0),
    (Words("作出评价", "Rated"), ("filed", "all", "satisfaction_of_filed"), 1),
    (Words("满意", "Satisfied"), ("filed", "all", "satisfaction_of_filed"), 0),
)
"""Each step: its label, the city's cell (base, variant, measure), and which of its two numbers."""


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
    funnel: tuple[tuple[str, int], ...]
    districts: tuple[tuple[FigureLine, int], ...]
    departments: tuple[FigureLine, ...]
    days: Mapping[date, int]
    spread: tuple[tuple[str, int], ...]
    first: date
    last: date


def build_overview(reader: Reader, report: Report, figures: Mapping[Cell, Numbers]) -> Overview:
    """Build the overview; `figures` need only those of `OVERVIEW_BREAKDOWNS`."""
    sections = {each.name: each for each in reader.sections(report, figures, CITY)}
    found = [sections[name] for name in HEADLINES if name in sections]
    counted = _counts_by_key(figures, "day", "filed_daily")
    return Overview(
        headlines=tuple(HeadlineRate(each, each.lines[0]) for each in found),
        funnel=_funnel_steps(reader, figures),
        districts=list_districts(reader, report, figures),
        departments=_busiest_departments(reader, report, figures),
        days={date.fromisoformat(key): n for key, n in counted.items()},
        spread=_days_to_answer(reader, _counts_by_key(figures, "days", "answered")),
        first=city_day(report.start),
        last=city_day(report.end - timedelta(seconds=1)),
    )


def _funnel_steps(reader: Reader, figures: Mapping[Cell, Numbers]) -> tuple[tuple[str, int], ...]:
    steps = [
        (words.label(reader.language), figures[CITY, CITY, *cell][part])
        for words, cell, part in FUNNEL
        if (CITY, CITY, *cell) in figures
    ]
    return tuple(steps) if len(steps) == len(FUNNEL) else ()


def list_districts(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers]
) -> tuple[tuple[FigureLine, int], ...]:
    """Return each district's completion rate, with how many appeals were filed there."""
    lines = _lines_of(reader, report, figures, "district", "completion")
    return tuple(
        (line, figures.get(("district", line.cell[1], "filed", "all", "filed"), (0, 0))[0])
        for line in lines
        if line.cell[3] == "all"
    )


def district_points(of_districts: Sequence[tuple[FigureLine, int]]) -> list[DataPoint]:
    """Return the data points of the tile map."""
    return [
        DataPoint(line.key, line.value, line.shown, f"{filed:,}", line.cell[1])
        for line, filed in of_districts
    ]


def share_points(lines: Sequence[FigureLine]) -> list[DataPoint]:
    """Return the data points of shares, each with both its numbers."""
    return [
        DataPoint(line.key, line.value, line.shown, f"{line.numerator:,} / {line.denominator:,}")
        for line in lines
    ]


def funnel_points(funnel: Sequence[tuple[str, int]]) -> list[DataPoint]:
    """Return the data points of a funnel, each with its share of the first step."""
    whole = funnel[0][1] if funnel else 0
    return [
        DataPoint(label, n, f"{n:,}", f"{n / whole:.1%}" if whole else NO_CASES)
        for label, n in funnel
    ]


def days_points(spread: Sequence[tuple[str, int]]) -> list[DataPoint]:
    """Return the data points of rounds by days to the answer."""
    return [DataPoint(label, n, f"{n:,}", key=str(day)) for day, (label, n) in enumerate(spread)]


def _busiest_departments(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers]
) -> tuple[FigureLine, ...]:
    """Return the on-time rates of the municipal departments with the most due (Domain 4)."""
    known = reader.city.departments
    lines = [
        line
        for line in _lines_of(reader, report, figures, "department", "on_time")
        if line.cell[1] in known and known[line.cell[1]].tier == MUNICIPAL
    ]
    return tuple(sorted(lines, key=lambda line: -line.denominator)[:MAX_DEPARTMENTS])


def _lines_of(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers], by: str, measure: str
) -> tuple[FigureLine, ...]:
    chosen = {cell: each for cell, each in figures.items() if (cell[0], cell[-1]) == (by, measure)}
    return next((each.lines for each in reader.sections(report, chosen, by)), ())


def _counts_by_key(figures: Mapping[Cell, Numbers], by: str, measure: str) -> dict[str, int]:
    return {
        cell[1]: numbers[0]
        for cell, numbers in figures.items()
        if (cell[0], cell[-1]) == (by, measure)
    }


def _days_to_answer(reader: Reader, counted: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return every number of days up to the greatest, with the number of rounds that took it."""
    last = max(map(int, counted), default=-1)
    return tuple((reader.days(n), counted.get(f"{n:02}", 0)) for n in range(last + 1))
