"""What a search found as a file: CSV or XLSX, in the reader's language, without formulas."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from itertools import islice

from flask import Response

from appeals.queries import search as searches
from appeals.queries.search import ExportRow
from appeals.reporting.editions.report_document import format_csv_row
from appeals.reporting.formats.xlsx_writer import Sheet, write_workbook
from appeals.web.shared import noted_accesses
from appeals.web.shared.display import moment, row_label
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

HEADINGS = (
    *(_("Number"), _("Subject"), _("State"), _("Kind"), _("Category"), _("District")),
    *(_("Street or town"), _("Channel"), _("Department"), _("Officer"), _("Filed")),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_NAME = "appeals"
Cells = tuple[str | datetime, ...]


def send_csv(rows: Iterable[ExportRow]) -> Response:
    """Return the rows as CSV; the export is logged."""
    return Response(_csv_lines(_list_cells(rows)), mimetype="text/csv", headers=_attachment("csv"))


def send_xlsx(rows: Iterable[ExportRow]) -> Response:
    """Return the rows as a workbook, about a megabyte at most; the export is logged."""
    file = BytesIO()
    write_workbook(file, [Sheet(gettext("Appeals"), _list_headings(), _list_cells(rows))])
    return Response(file.getvalue(), mimetype=XLSX, headers=_attachment("xlsx"))


def _attachment(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{FILE_NAME}.{ending}"'}


def _list_headings() -> tuple[str, ...]:
    return tuple(map(str, HEADINGS))


def _csv_lines(rows: Iterable[Cells]) -> Iterator[str]:
    yield "\ufeff" + format_csv_row(_list_headings())
    for cells in rows:
        yield format_csv_row(moment(cell) if isinstance(cell, datetime) else cell for cell in cells)


def _list_cells(rows: Iterable[ExportRow]) -> Iterator[Cells]:
    """Return the cells of each row, and at the end a sentence if there are more rows."""
    rest = iter(rows)
    listed = noted_accesses.note_export(islice(rest, searches.MAX_EXPORT_ROWS), "search")

    def cells() -> Iterator[Cells]:
        for row in listed:
            yield _row_cells(row)
        if list(rest):
            yield (_truncation_notice(),)

    return cells()


def _truncation_notice() -> str:
    said = gettext(
        "Only the newest %(count)s appeals are here. Narrow the search for the others.",
        count=f"{searches.MAX_EXPORT_ROWS:,}",
    )
    return str(said)


def _row_cells(row: ExportRow) -> Cells:
    appeal, subject, officer = row
    reader = language()
    codes = (appeal.category, appeal.district, appeal.street)
    return (
        appeal.number,
        subject,
        appeal.state.label(reader),
        appeal.kind.label(reader),
        *(row_label(code) if code else "" for code in codes),
        appeal.channel.label(reader),
        row_label(appeal.holder) if appeal.holder else "",
        officer,
        appeal.filed_at,
    )
