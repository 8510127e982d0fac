"""What a request asks of a report: period, breakdown, edition, reader."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import request

from appeals.domain.calendar import Period
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, RefusedKind
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import editions
from appeals.reporting.editions.editions import Difference
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureVariant
from appeals.reporting.measures.measure_shapes import NO_CASES, Shape, divide
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.tables.sections import MEASURE_CONTEXT, Reader
from appeals.web.shared.request import act
from appeals.web.shared.texts import language

DEFAULT_MEASURE = "completion"
NO_REPORT = Refused(RefusedKind.NOT_FOUND, message("There is no report of this period."))


def parse_period(text: str) -> Period:
    """Parse the period in an address. Raises Refused (not found)."""
    try:
        return Period.parse(text)
    except ValueError:
        raise NO_REPORT from None


def chosen_breakdown() -> tuple[str, str]:
    """Return the request's breakdown and measure; by default the city and completion."""
    by, measure = request.args.get("by", CITY), request.args.get("measure", DEFAULT_MEASURE)
    return (
        by if by in set(Breakdown) else CITY,
        measure if measure in MEASURES else DEFAULT_MEASURE,
    )


def report_reader() -> Reader:
    """Return the reader of reports in the request's language."""
    return Reader(load_reference(act()), language())


def list_dimensions() -> dict[str, str]:
    """Return the labels of the breakdowns by name."""
    return {by.value: by.label(language()) for by in Breakdown}


def find_report(span: Period) -> Report | None:
    """Return the edition that the request names; else the draft, else the newest edition."""
    number = request.args.get("edition", type=int)
    published = editions.list_editions(act(), span)
    if number is not None:
        return next((each for each in published if each.edition == number), None)
    return monthly_drafts.find_draft(act(), span) or next(iter(published), None)


def has_parts(measure: str) -> bool:
    """Return whether a measure is a share, so that a list of the cases that missed exists."""
    return measure in MEASURES and MEASURES[measure].shape is Shape.SHARE


@dataclass(frozen=True)
class FigureChange:
    """One figure that an edition changed, in words: which, whose, and both values."""

    cell: Cell
    measure: str
    whose: str
    before: str
    now: str


def describe_changes(report: Report, differences: Iterable[Difference]) -> list[FigureChange]:
    """Describe the differences between two editions by the report's stored definitions."""
    named, reading = measure_labels(report), report_reader().for_report(report)
    return [
        FigureChange(
            each.cell,
            _measure_label(named, each.cell),
            reading.key(each.cell.by, each.cell.key),
            _figure_text(each.cell, each.before),
            _figure_text(each.cell, each.after),
        )
        for each in sorted(differences, key=lambda each: [*Breakdown].index(each.cell.by))
    ]


def _measure_label(named: Mapping[str, str], cell: Cell) -> str:
    *_, variant, name = cell
    label = named.get(name, name)
    known = MEASURES.get(name)
    if known is None or len(known.variants) == 1 or variant not in set(MeasureVariant):
        return label
    return f"{label} · {MeasureVariant(variant).label(language())}"


def _figure_text(cell: Cell, numbers: Numbers | None) -> str:
    """Format a figure with its numerator and denominator; a count alone."""
    measure = MEASURES.get(cell.measure)
    if numbers is None:
        return NO_CASES
    met, of = numbers
    if measure is None or measure.shape is Shape.SHARE:
        return f"{Shape.SHARE.show(divide(met, of))} ({met:,} / {of:,})"
    shown = measure.show(met, of)
    return shown if measure.shape is Shape.COUNT else f"{shown} ({of:,})"


def measure_labels(report: Report) -> dict[str, str]:
    """Return the labels of a report's measures by name, from its stored definitions."""
    return {
        str(each["name"]): report_reader().stored_text(each["label"], MEASURE_CONTEXT)
        for each in report.definitions
    }
