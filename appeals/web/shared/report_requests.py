"""What a request asks of a report: its period, its breakdown, and who reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import request

from appeals.domain.calendar import Period
from appeals.domain.refusals import Refused, RefusedKind
from appeals.models.report import Report
from appeals.reference.reference_data import reference
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.counting.monthly_drafts import Cell, Numbers
from appeals.reporting.editions import editions
from appeals.reporting.editions.editions import Difference
from appeals.reporting.measures.catalogue import MEASURES, VARIANTS
from appeals.reporting.measures.measure_shapes import CITY, NO_CASES, Shape, divide
from appeals.reporting.tables.sections import BREAKDOWN_LABELS, Reader
from appeals.web.shared.request import act, language

HEADLINE = "completion"
NO_REPORT = Refused(RefusedKind.NOT_FOUND, "没有这一期报表。", "There is no report of this period.")


def period_of(text: str) -> Period:
    """Read the period of an address. Raises Refused (not found) for none."""
    try:
        return Period.parse(text)
    except ValueError:
        raise NO_REPORT from None


def asked() -> tuple[str, str]:
    """Give the breakdown and the measure of this request; the city, and completion, by default."""
    by, measure = request.args.get("by", CITY), request.args.get("measure", HEADLINE)
    return by if by in BREAKDOWN_LABELS else CITY, measure if measure in MEASURES else HEADLINE


def reader() -> Reader:
    """Give the reader of this request."""
    return Reader(reference(act()), language())


def dimensions() -> dict[str, str]:
    """Give the ways in which a report is broken down, and their labels."""
    return {by: words.label(language()) for by, words in BREAKDOWN_LABELS.items()}


def shown(span: Period) -> Report | None:
    """Give the edition that the request asks for; else the draft, else the newest edition."""
    number = request.args.get("edition", type=int)
    published = editions.list_editions(act(), span)
    if number is not None:
        return next((each for each in published if each.edition == number), None)
    return monthly_drafts.find_draft(act(), span) or next(iter(published), None)


def has_parts(measure: str) -> bool:
    """Tell whether a measure is so many of so many, so that some missed."""
    return measure in MEASURES and MEASURES[measure].shape is Shape.SHARE


@dataclass(frozen=True)
class Changed:
    """One figure that an edition changed, as it is read: which, whose, and both its values."""

    cell: Cell
    measure: str
    whose: str
    before: str
    now: str


def changed(report: Report, differences: Iterable[Difference]) -> list[Changed]:
    """Put the differences between two editions into words, by the report's own definitions."""
    named, reading = labels(report), reader().for_report(report)
    return [
        Changed(
            each.cell,
            _measure(named, each.cell),
            reading.key(each.cell[0], each.cell[1]),
            _numbers(each.cell, each.before),
            _numbers(each.cell, each.after),
        )
        for each in sorted(differences, key=lambda each: [*BREAKDOWN_LABELS].index(each.cell[0]))
    ]


def _measure(named: Mapping[str, str], cell: Cell) -> str:
    *_, variant, name = cell
    label = named.get(name, name)
    known = MEASURES.get(name)
    if known is None or len(known.variants) == 1 or variant not in VARIANTS:
        return label
    return f"{label} · {VARIANTS[variant].label(language())}"


def _numbers(cell: Cell, numbers: Numbers | None) -> str:
    """Show a figure with what it rests on; a count is its own."""
    measure = MEASURES.get(cell[-1])
    if numbers is None:
        return NO_CASES
    met, of = numbers
    if measure is None or measure.shape is Shape.SHARE:
        return f"{Shape.SHARE.show(divide(met, of))} ({met:,} / {of:,})"
    shown = measure.show(met, of)
    return shown if measure.shape is Shape.COUNT else f"{shown} ({of:,})"


def labels(report: Report) -> dict[str, str]:
    """Give what the measures of a report are called in its own definitions."""
    return {str(each["name"]): reader().stored_text(each["label"]) for each in report.definitions}
