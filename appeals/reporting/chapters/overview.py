"""A report at a glance, from its stored figures: what the pictures show, and the tables beside.

Pages and the PDF draw the same marks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from appeals.domain.calendar import city_day
from appeals.models.report import Report
from appeals.reporting.charts import Mark
from appeals.reporting.counting.monthly_drafts import Cell, Numbers
from appeals.reporting.measures.measure_shapes import CITY, NOTHING, Words
from appeals.reporting.tables.sections import Line, Reader, Section

HEADLINES = ("completion", "on_time", "resolution", "satisfaction")
SHOWN_BY = (CITY, "district", "department", "day", "days")
"""The dimensions whose figures an overview needs."""
DEPARTMENTS_MOST = 10
MUNICIPAL = "municipal"
FUNNEL: tuple[tuple[Words, tuple[str, str, str], int], ...] = (
    (Words("提交", "Filed"), ("filed", "all", "filed"), 0),
    (Words("有效", "Valid"), ("filed", "all", "completion"), 1),
    (Words("派单", "Dispatched"), ("filed", "dispatched", "completion"), 1),
    (Words("办结", "Completed"), ("filed", "dispatched", "completion"), 0),
    (Words("作出评价", "Rated"), ("filed", "all", "satisfaction_of_filed"), 1),
    (Words("满意", "Satisfied"), ("filed", "all", "satisfaction_of_filed"), 0),
)
"""Each step: its name, the city's cell (base, variant, measure), and which of its two numbers."""


@dataclass(frozen=True)
class Headline:
    """One rate of the whole city, in the report's own words."""

    section: Section
    line: Line


@dataclass(frozen=True)
class Overview:
    """What a report says at a glance.

    `funnel` follows the appeals filed, step by step; `districts` bear completion and how many were
    filed; `departments` are the municipal ones with the most due, on time; `days` and `spread`
    count what was filed by day and what was closed by days to the answer. Of a report from before
    something was counted it is empty.
    """

    headlines: tuple[Headline, ...]
    funnel: tuple[tuple[str, int], ...]
    districts: tuple[tuple[Line, int], ...]
    departments: tuple[Line, ...]
    days: Mapping[date, int]
    spread: tuple[tuple[str, int], ...]
    first: date
    last: date


def overview(reader: Reader, report: Report, figures: Mapping[Cell, Numbers]) -> Overview:
    """Give the overview of a report from its figures by `SHOWN_BY`."""
    sections = {each.name: each for each in reader.sections(report, figures, CITY)}
    found = [sections[name] for name in HEADLINES if name in sections]
    counted = _by_day(figures, "day", "filed_daily")
    return Overview(
        headlines=tuple(Headline(each, each.lines[0]) for each in found),
        funnel=_funnel(reader, figures),
        districts=districts(reader, report, figures),
        departments=_departments(reader, report, figures),
        days={date.fromisoformat(key): n for key, n in counted.items()},
        spread=_spread(reader, _by_day(figures, "days", "answered")),
        first=city_day(report.start),
        last=city_day(report.end - timedelta(seconds=1)),
    )


def _funnel(reader: Reader, figures: Mapping[Cell, Numbers]) -> tuple[tuple[str, int], ...]:
    steps = [
        (words.label(reader.language), figures[CITY, CITY, *cell][part])
        for words, cell, part in FUNNEL
        if (CITY, CITY, *cell) in figures
    ]
    return tuple(steps) if len(steps) == len(FUNNEL) else ()


def districts(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers]
) -> tuple[tuple[Line, int], ...]:
    """Give each district's completion, and how many were filed there."""
    lines = _lines(reader, report, figures, "district", "completion")
    return tuple(
        (line, figures.get(("district", line.cell[1], "filed", "all", "filed"), (0, 0))[0])
        for line in lines
        if line.cell[3] == "all"
    )


def tiles(of_districts: Sequence[tuple[Line, int]]) -> list[Mark]:
    """Give each district's completion, with how many were filed, as it is drawn."""
    return [
        Mark(line.key, line.value, line.shown, f"{filed:,}", line.cell[1])
        for line, filed in of_districts
    ]


def bars(lines: Sequence[Line]) -> list[Mark]:
    """Give shares as they are drawn, each with both its numbers."""
    return [
        Mark(line.key, line.value, line.shown, f"{line.numerator:,} / {line.denominator:,}")
        for line in lines
    ]


def steps(funnel: Sequence[tuple[str, int]]) -> list[Mark]:
    """Give the steps of a funnel as they are drawn, each with its share of the first."""
    whole = funnel[0][1] if funnel else 0
    return [
        Mark(label, n, f"{n:,}", f"{n / whole:.1%}" if whole else NOTHING) for label, n in funnel
    ]


def columns(spread: Sequence[tuple[str, int]]) -> list[Mark]:
    """Give how many took so many days, as it is drawn."""
    return [Mark(label, n, f"{n:,}", key=str(day)) for day, (label, n) in enumerate(spread)]


def _departments(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers]
) -> tuple[Line, ...]:
    """Give the municipal departments with the most due; groups are not mixed (Domain 4)."""
    known = reader.city.departments
    lines = [
        line
        for line in _lines(reader, report, figures, "department", "on_time")
        if line.cell[1] in known and known[line.cell[1]].tier == MUNICIPAL
    ]
    return tuple(sorted(lines, key=lambda line: -line.denominator)[:DEPARTMENTS_MOST])


def _lines(
    reader: Reader, report: Report, figures: Mapping[Cell, Numbers], by: str, measure: str
) -> tuple[Line, ...]:
    chosen = {cell: each for cell, each in figures.items() if (cell[0], cell[-1]) == (by, measure)}
    return next((each.lines for each in reader.sections(report, chosen, by)), ())


def _by_day(figures: Mapping[Cell, Numbers], by: str, measure: str) -> dict[str, int]:
    return {
        cell[1]: numbers[0]
        for cell, numbers in figures.items()
        if (cell[0], cell[-1]) == (by, measure)
    }


def _spread(reader: Reader, counted: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Give every number of days up to the greatest, also those that nobody took."""
    last = max(map(int, counted), default=-1)
    return tuple((reader.days(n), counted.get(f"{n:02}", 0)) for n in range(last + 1))
