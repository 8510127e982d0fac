"""A brief as people read it, on its page and in its mail: lines of the city, lines of departments.

A leader reads her own department's figures beside the city's, everybody else all departments, those
with the most overdue first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from appeals.act import Act
from appeals.domain.calendar import Period, city_day
from appeals.domain.messages import Message, join_texts, message
from appeals.models.report import Brief
from appeals.reporting.briefs.briefs import (
    CITY_MEASURES,
    DEPARTMENT_MEASURES,
    figures_of,
    find_brief_before,
)
from appeals.reporting.counting.case_lists import CasePart
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.measures.measure_shapes import Shape
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.tables.report_tables import cell_of
from appeals.reporting.tables.sections import MEASURE_CONTEXT, Reader

MOST_OVERDUE = 10
"""How many departments with overdue cases a mail names."""


@dataclass(frozen=True)
class BriefFigure:
    """One figure: its cell, its two numbers, the displayed text, and that of the brief before."""

    cell: Cell
    numbers: Numbers
    shown: str
    before: str

    @property
    def part(self) -> CasePart:
        """Return which cases its number counts."""
        return CasePart.NUMERATOR if self.is_share else CasePart.DENOMINATOR

    @property
    def is_share(self) -> bool:
        """Return whether it is a share of its cases."""
        return MEASURES[self.cell.measure].shape is Shape.SHARE


@dataclass(frozen=True)
class BriefLine:
    """One measure: its label, its meaning, its base, and its figures, of the city last."""

    label: str
    meaning: str
    base: str
    figures: tuple[BriefFigure, ...]


@dataclass(frozen=True)
class UnitLine:
    """One department with its figures, in the order of `DEPARTMENT_MEASURES`."""

    key: str
    name: str
    figures: tuple[BriefFigure, ...]

    @property
    def overdue(self) -> int:
        """Return how many cases were overdue."""
        return self.figures[DEPARTMENT_MEASURES.index(MeasureName.OVERDUE)].numbers.denominator


@dataclass(frozen=True)
class BriefReading:
    """A brief in one language; `units` is empty for a leader, `department` for everybody else."""

    brief: Brief
    language: str
    department: str | None
    lines: Sequence[BriefLine]
    units: Sequence[UnitLine]

    @property
    def headings(self) -> list[str]:
        """Return the labels of the departments' measures."""
        labels = {line.figures[-1].cell.measure: line.label for line in self.lines}
        return [labels[name] for name in DEPARTMENT_MEASURES]

    def as_text(self) -> str:
        """Return the figures as lines of a mail."""
        lines = [_describe_line(line) for line in self.lines]
        late = [unit for unit in self.units if unit.overdue][:MOST_OVERDUE]
        if late:
            named = [
                message("%(unit)s %(count)s", unit=unit.name, count=unit.overdue) for unit in late
            ]
            lines.append(message("Most overdue: %(units)s", units=join_texts(named)))
        return "\n".join(line.label(self.language) for line in lines)


def first_day(brief: Brief) -> date:
    """Return the day (Asia/Shanghai) with which a brief begins; its page is named by it."""
    return city_day(brief.start)


def period_of_brief(brief: Brief) -> Period:
    """Return the days that a brief covers."""
    return Period(brief.start, brief.end)


def read_brief(act: Act, brief: Brief, reader: Reader, department: str | None) -> BriefReading:
    """Read a brief for a leader of a department, or with None for who sees the whole city."""
    now, before = figures_of(brief), figures_of(find_brief_before(act, brief))
    pair = _FigurePair(now, before)
    words = {str(each["name"]): each for each in brief.definitions}
    lines = [
        BriefLine(
            reader.stored_text(words[name]["label"], MEASURE_CONTEXT),
            reader.stored_text(words[name]["meaning"]),
            MEASURES[name].base.label(reader.language),
            tuple(pair.figures(name, department)),
        )
        for name in CITY_MEASURES
        if name in words
    ]
    units = [] if department else _list_units(reader, pair)
    return BriefReading(brief, reader.language, department, lines, units)


@dataclass(frozen=True)
class _FigurePair:
    """The figures of a brief and of the one before."""

    now: Mapping[Cell, Numbers]
    before: Mapping[Cell, Numbers]

    def figure(self, cell: Cell) -> BriefFigure:
        """Return one figure; one without cases is not stored."""
        measure, numbers = MEASURES[cell.measure], self.now.get(cell, NO_NUMBERS)
        before = measure.show(*self.before.get(cell, NO_NUMBERS)) if self.before else ""
        return BriefFigure(cell, numbers, measure.show(*numbers), before)

    def figures(self, name: MeasureName, department: str | None) -> Iterator[BriefFigure]:
        """Yield a measure's figure of the department, if it has one, and of the city."""
        if department and name in DEPARTMENT_MEASURES:
            yield self.figure(cell_of(name, Breakdown.DEPARTMENT, department))
        yield self.figure(cell_of(name))


def _list_units(reader: Reader, pair: _FigurePair) -> list[UnitLine]:
    keys = {cell.key for cell in pair.now if cell.by is Breakdown.DEPARTMENT}
    units = [
        UnitLine(
            key,
            reader.key(Breakdown.DEPARTMENT, key),
            tuple(
                pair.figure(cell_of(name, Breakdown.DEPARTMENT, key))
                for name in DEPARTMENT_MEASURES
            ),
        )
        for key in keys
    ]
    return sorted(units, key=lambda unit: (-unit.overdue, unit.key))


def _describe_line(line: BriefLine) -> Message:
    """Say a measure with its figures, such as “On time: 95.00% (19 of 20), before 90.00%”."""
    own, city = line.figures[0], line.figures[-1]
    if own is city:
        return message("%(measure)s: %(figure)s", measure=line.label, figure=_describe(city))
    return message(
        "%(measure)s: %(figure)s; whole city %(city)s",
        measure=line.label,
        figure=_describe(own),
        city=_describe(city),
    )


def _describe(figure: BriefFigure) -> str | Message:
    shown: str | Message = figure.shown
    if figure.is_share:
        met, of = figure.numbers
        shown = message("%(share)s (%(met)s of %(cases)s)", share=shown, met=met, cases=of)
    if not figure.before:
        return shown
    return message("%(figure)s, before %(before)s", figure=shown, before=figure.before)
