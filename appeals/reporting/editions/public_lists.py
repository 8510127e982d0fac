"""Lists for citizens from an edition: departments beside the city, and how long answers take."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from appeals.domain.calendar import city_day
from appeals.domain.clocks import describe_limit
from appeals.domain.messages import Labelled
from appeals.domain.vocabulary import Duty, Kind
from appeals.reference.reference_data import ReferenceEntry
from appeals.reporting.editions.public_editions import PublicEdition
from appeals.reporting.measures.measure_names import MeasureName, MeasureVariant
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.tables.sections import FigureLine, MeasureSection, Reader

DEPARTMENT_MEASURES = (
    MeasureName.DISPATCHED,
    MeasureName.SIGNED_IN_TIME,
    MeasureName.CONTACTED_IN_TIME,
    MeasureName.RETURNED,
    MeasureName.ON_TIME,
    MeasureName.COMPLETION,
    MeasureName.WORKING_DAYS_MEDIAN,
    MeasureName.RESOLUTION,
    MeasureName.SATISFACTION,
)
COMPARED_VARIANTS: Mapping[str, MeasureVariant] = {
    MeasureName.COMPLETION: MeasureVariant.DISPATCHED,
}
"""What the centre answers on the spot is in the city's rows alone (Rules 4, on the spot)."""


@dataclass(frozen=True)
class DepartmentSummary:
    """A department in the list of all: how many cases were sent to it, and its on-time rate."""

    code: str
    name: str
    sent: int
    on_time: FigureLine | None


@dataclass(frozen=True)
class DepartmentFigure:
    """One measure of a department, and the same of the whole city."""

    section: MeasureSection
    own: FigureLine
    city: FigureLine | None


@dataclass(frozen=True)
class AnswerTime:
    """How long answers take in a category: the promised limit, and the usual working days.

    `usual` is None where the edition has fewer than `FEW_CASES` closed cases.
    """

    category: ReferenceEntry
    promised: Labelled | None
    usual: FigureLine | None


def list_departments(reader: Reader, public: PublicEdition) -> list[DepartmentSummary]:
    """List the departments to which cases were sent, the most first."""
    figures = public.figures(Breakdown.DEPARTMENT)
    on_time, sent = (
        reader.measure_lines(public.report, figures, Breakdown.DEPARTMENT, measure)
        for measure in (MeasureName.ON_TIME, MeasureName.DISPATCHED)
    )
    rates = {line.cell.key: line for line in on_time}
    known = reader.city.departments
    return [
        DepartmentSummary(line.cell.key, line.key, line.numerator, rates.get(line.cell.key))
        for line in sorted(sent, key=lambda line: (-line.numerator, line.cell.key))
        if line.cell.key in known
    ]


def compare_with_city(reader: Reader, public: PublicEdition, code: str) -> list[DepartmentFigure]:
    """Return a department's figures beside the city's; none if the edition has none of it."""
    report, published = public.report, public.published
    own = {cell: n for cell, n in published.figures.items() if cell.key == code}
    withheld = {cell for cell in published.withheld if cell.key == code}
    of_city = reader.sections(report, public.figures(CITY), CITY)
    city = {section.name: _find_compared_line(section) for section in of_city}
    found = {
        section.name: (section, line)
        for section in reader.sections(report, own, Breakdown.DEPARTMENT, withheld)
        if (line := _find_compared_line(section)) is not None
    }
    return [
        DepartmentFigure(*found[name], city.get(name))
        for name in DEPARTMENT_MEASURES
        if name in found
    ]


def _find_compared_line(section: MeasureSection) -> FigureLine | None:
    """Return the line in the variant in which a department and the city count the same."""
    variant = COMPARED_VARIANTS.get(section.name, MeasureVariant.ALL)
    return next((line for line in section.lines if line.cell.variant == variant), None)


def list_answer_times(
    reader: Reader, public: PublicEdition, at: datetime
) -> list[tuple[ReferenceEntry, Sequence[AnswerTime]]]:
    """List the categories in force by their group, with promised and usual times.

    The limits are those of an ordinary complaint that is filed at `at`; a category that is urgent
    by default has the urgent one.
    """
    lines = reader.measure_lines(
        public.report,
        public.figures(Breakdown.CATEGORY),
        Breakdown.CATEGORY,
        MeasureName.WORKING_DAYS_MEDIAN,
    )
    usual = {line.cell.key: line for line in lines if not line.has_few_cases}
    return [
        (group, [_answer_time(reader, each, usual.get(each.code), at) for each in members])
        for group, members in _group_categories(reader, at)
    ]


def promised_answer(reader: Reader, at: datetime, kind: Kind) -> Labelled | None:
    """Return within what time ordinary appeals of a kind are answered."""
    limit = reader.city.book.find_limit(Duty.FINISH, at, kind=kind)
    return describe_limit(limit) if limit else None


def _answer_time(
    reader: Reader, category: ReferenceEntry, usual: FigureLine | None, at: datetime
) -> AnswerTime:
    limit = reader.city.book.find_limit(
        Duty.FINISH, at, kind=Kind.COMPLAINT, urgent=category.urgent
    )
    return AnswerTime(category, describe_limit(limit) if limit else None, usual)


def _group_categories(
    reader: Reader, at: datetime
) -> Iterable[tuple[ReferenceEntry, list[ReferenceEntry]]]:
    """Yield each group of categories with its members; a group without members is its own."""
    day = city_day(at)
    known = [
        row for row in reader.city.categories.values() if row.holds_on(day) and not row.is_imported
    ]
    for group in known:
        if group.parent is None:
            members = [row for row in known if row.parent == group.code]
            yield group, members or [group]
