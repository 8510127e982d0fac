"""The cases behind a figure of a report: list, filters, pages, CSV, one case."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from flask import Blueprint, Response, render_template, request
from sqlalchemy import ColumnElement, Subquery

from appeals.domain.calendar import Period
from appeals.domain.messages import message
from appeals.domain.people import Role
from appeals.domain.refusals import not_valid
from appeals.models.report import Report
from appeals.reporting.counting import case_lists, monthly_drafts
from appeals.reporting.counting.case_lists import CasePart, CaseQuery
from appeals.reporting.editions.report_document import cases_as_csv
from appeals.reporting.findings.hot_topics import with_word
from appeals.reporting.findings.repeat_filings import is_repeat
from appeals.reporting.findings.shared_devices import MAX_DEVICES, is_rated_from_device
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import NO_NUMBERS, Cell, Numbers
from appeals.reporting.snapshot.breakdowns import CITY, DIMENSIONS
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.tables import comparison_basis
from appeals.reporting.tables.change_columns import compute_change as difference_of
from appeals.reporting.tables.period_comparisons import Comparison
from appeals.reporting.tables.sections import Reader
from appeals.web.shared import noted_accesses, report_requests
from appeals.web.shared.request import act, require_roles
from appeals.web.staff import case_page, case_sheet

blueprint = Blueprint("report_cases", __name__, url_prefix="/admin/reports")
blueprint.before_request(require_roles(Role.ADMINISTRATOR))
CELL_FIELDS = ("by", "key", "base", "variant", "measure")
NO_FIGURE = not_valid("measure", message("The report has no such figure."))


@blueprint.get("/<period>/cases", endpoint="cases")
def list_cases(period: str) -> str:
    """List the cases of one figure: all of them, those that met it, those that missed."""
    found, asked = _read_request(period)
    page = case_lists.list_cases(act(), asked, _page_key())
    reader, cell = report_requests.report_reader().for_report(found), asked.cell
    labels = report_requests.measure_labels(found)
    stored = monthly_drafts.load_figures(act(), found)
    return render_template(
        "reports/cases.html",
        report=found,
        period=Period(found.start, found.end).label,
        asked=asked,
        label=labels.get(cell.measure, cell.measure),
        key=reader.key(cell.by, cell.key),
        parts=_count_parts(cell, stored.get(cell, NO_NUMBERS)),
        page=page,
        choices=_list_choices(asked, stored, reader),
        dimensions=report_requests.list_dimensions(),
        key_label=reader.key,
        query=request.args.to_dict(),
        after=f"{page.next[0]}.{page.next[1]}" if page.next else None,
    )


@blueprint.get("/<period>/cases.csv", endpoint="as_csv")
def download_csv(period: str) -> Response:
    """Send all cases of a figure as CSV, however many."""
    found, asked = _read_request(period)
    name = f"{Period(found.start, found.end).label}-{asked.cell.measure}-{asked.part.value}.csv"
    cases = noted_accesses.note_export(
        case_lists.stream_cases(act(), asked),
        "report_cases",
        file=name,
        by=asked.cell.by,
        key=asked.cell.key,
    )
    rows = cases_as_csv(cases, report_requests.report_reader().for_report(found))
    attachment = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(rows, mimetype="text/csv", headers=attachment)


@blueprint.get("/<period>/difference", endpoint="difference")
def show_difference(period: str) -> str:
    """Compare a figure with another report's, with the cases of both."""
    found, asked = _read_request(period)
    other = _find_compared(found)
    if other is None:
        raise report_requests.NO_REPORT
    cell, reader = asked.cell, report_requests.report_reader().for_report(found)
    sides = [
        (each, monthly_drafts.load_figures(act(), each).get(cell, NO_NUMBERS))
        for each in (found, other)
    ]
    measure = MEASURES.get(cell.measure)
    if measure is None:
        raise NO_FIGURE
    return render_template(
        "reports/difference.html",
        sides=[(Period(e.start, e.end).label, e, numbers) for e, numbers in sides],
        measure=measure,
        label=measure.label.label(reader.language),
        key=reader.key(cell.by, cell.key),
        cell=cell,
        step=difference_of(measure.shape, *(measure.value(*numbers) for _, numbers in sides)),
        parts=list(_count_parts(cell, NO_NUMBERS)),
        same_period=found.start == other.start and found.end == other.end,
    )


@blueprint.get("/appeals/<number>", endpoint="case")
def show_case(number: str) -> str:
    """Show one appeal, without the citizen's contact and without moves."""
    return case_page.show_case(number)


@blueprint.get("/appeals/<number>/print", endpoint="case_sheet")
def show_case_sheet(number: str) -> str:
    """Show one appeal as a sheet to print."""
    return case_sheet.show_sheet(number)


def _read_request(period: str) -> tuple[Report, CaseQuery]:
    """Parse which cell's cases are requested. Raises Refused (not found, not valid)."""
    found = report_requests.find_report(report_requests.parse_period(period))
    if found is None:
        raise report_requests.NO_REPORT
    try:
        cell = Cell.from_codes(*(request.args.get(name, "") for name in Cell._fields))
        part = CasePart(request.args.get("part", CasePart.DENOMINATOR.value))
    except ValueError:
        raise NO_FIGURE from None
    typed = {name: request.args.get(f"only_{name}", "") for name in DIMENSIONS}
    narrowed = {name: key for name, key in typed.items() if key}
    window = CountWindow(Period(found.start, found.end), found.cut_off)
    number = request.args.get("unlike", type=int)
    other = monthly_drafts.find_edition(act(), window.period, number) if number else None
    unlike = CountWindow(window.period, other.cut_off) if other else None
    return found, CaseQuery(
        window, cell, part, narrowed, unlike, tuple(_finding_conditions(window))
    )


def _finding_conditions(window: CountWindow) -> Iterator[Callable[[Subquery], ColumnElement[bool]]]:
    """Yield the conditions of the finding that the request names: topic, repeats, device."""
    if word := request.args.get("word"):
        yield partial(with_word, word=word)
    if request.args.get("repeated"):
        yield partial(is_repeat, cut_off=window.cut_off)
    if (place := request.args.get("device", 0, int)) > 0:
        yield partial(is_rated_from_device, place=min(place, MAX_DEVICES), window=window)


def _count_parts(cell: Cell, numbers: Numbers) -> dict[CasePart, int]:
    """Count the cases of each part of a figure; a count or a span of days has one part."""
    if not report_requests.has_parts(cell.measure):
        return {CasePart.DENOMINATOR: numbers.denominator}
    return {
        CasePart.NUMERATOR: numbers.numerator,
        CasePart.MISSED: numbers.missed,
        CasePart.DENOMINATOR: numbers.denominator,
    }


def _list_choices(
    asked: CaseQuery, stored: Iterable[Cell], reader: Reader
) -> dict[str, list[tuple[str, str]]]:
    """Return the report's keys by dimension, to narrow the list by."""
    keys = {(cell.by, cell.key) for cell in stored}
    found: dict[str, list[tuple[str, str]]] = {}
    for by, key in sorted(keys):
        if by not in {CITY, asked.cell.by}:
            found.setdefault(by, []).append((key, reader.key(by, key)))
    return {by: found[by] for by in DIMENSIONS if by in found}


def _page_key() -> tuple[int, int] | None:
    appeal, dot, n = request.args.get("after", "").partition(".")
    return (int(appeal), int(n)) if dot and appeal.isdecimal() and n.isdecimal() else None


def _find_compared(found: Report) -> Report | None:
    """Return the report that the figure is compared with: of an earlier period, or an edition."""
    against = request.args.get("against", "")
    if against.isdecimal():
        return monthly_drafts.find_edition(act(), Period(found.start, found.end), int(against))
    if against not in set(Comparison):
        return None
    return comparison_basis.find_basis(act(), found).earlier.get(Comparison(against))
