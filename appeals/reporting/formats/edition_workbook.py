"""An edition as a workbook: notes, all figures by breakdown, and the tables of its chapters."""

from collections.abc import Iterable, Iterator
from typing import IO

from appeals.domain.messages import context_message, message
from appeals.reporting.chapters.chapters import list_chapters
from appeals.reporting.formats import xlsx_writer
from appeals.reporting.formats.xlsx_writer import FormattedNumber, Sheet
from appeals.reporting.measures.measure_shapes import WITHHELD
from appeals.reporting.snapshot.breakdowns import Breakdown
from appeals.reporting.tables.report_tables import Reading, TableRow
from appeals.reporting.tables.sections import (
    MEASURE_CONTEXT,
    REPORT_SUBJECT,
    WITHHELD_NOTE,
    MeasureSection,
)

NOTES = message("Notes")
NOTE = message("Item"), message("Content")
COLUMNS = (
    context_message("report", "Name"),
    context_message("report", "Code"),
    message("Measure"),
    message("Base"),
    message("Variant"),
    context_message("report", "Figure"),
    message("Numerator"),
    message("Denominator"),
    message("Measure code"),
)


def write_xlsx(to: IO[bytes], reading: Reading) -> None:
    """Write a workbook to `to`: notes on the figures, each breakdown, each chapter's tables."""
    xlsx_writer.write_workbook(to, _edition_sheets(reading))


def _edition_sheets(reading: Reading) -> Iterator[Sheet]:
    report, reader = reading.report, reading.reader
    notes = [(reader.title(report), reading.text(REPORT_SUBJECT))]
    notes += reader.facts(report, reading.seal)
    notes += [
        (
            f"{reader.stored_text(each['label'], MEASURE_CONTEXT)} v{each['version']}",
            reader.stored_text(each["meaning"]),
        )
        for each in report.definitions
    ]
    yield Sheet(reading.text(NOTES), tuple(map(reading.text, NOTE)), notes)
    for by in Breakdown:
        if sections := reader.sections(
            report, reading.figures, by, reading.withheld.get(None, frozenset())
        ):
            yield Sheet(
                reader.dimension(by), tuple(map(reading.text, COLUMNS)), _section_rows(sections)
            )
    n = 0
    for _, tables in list_chapters(reading):
        for table in tables:
            n += 1  # sheet names are unique, names of tables in chapters are not
            rows = [_row_values(row) for row in table.rows]
            under = [table.note, reading.text(WITHHELD_NOTE) if table.has_withheld else ""]
            yield Sheet(f"{n} {table.title}", table.header, [*rows, *_note_rows(under)])


def _row_values(row: TableRow) -> tuple[xlsx_writer.CellValue, ...]:
    """Return the cells of a table's row, numbers as numbers."""
    cells = (
        cell.text if cell.value is None else FormattedNumber(cell.value, cell.format)
        for cell in row.cells
    )
    return row.title, *cells


def _note_rows(notes: Iterable[str]) -> list[tuple[xlsx_writer.CellValue, ...]]:
    return [(note,) for note in notes if note]


def _section_rows(sections: list[MeasureSection]) -> Iterator[tuple[xlsx_writer.CellValue, ...]]:
    for section in sections:
        for line in section.lines:
            value = (
                line.shown
                if line.value is None
                else FormattedNumber(line.value, section.shape.value)
            )
            withheld = (WITHHELD, WITHHELD)
            numbers = withheld if line.is_withheld else (line.numerator, line.denominator)
            yield (
                line.key,
                line.cell.key,
                section.label,
                section.base,
                line.variant,
                value,
                *numbers,
                section.name,
            )
