"""The content of an edition's PDF, as plain values for its template: texts, tables, charts."""

import re
from collections.abc import Iterator

from appeals.domain.messages import context_message, message
from appeals.reporting.chapters.chapters import list_chapters
from appeals.reporting.formats.pdf_charts import GLANCE, Chart, draw_charts
from appeals.reporting.snapshot.breakdowns import CITY
from appeals.reporting.tables.report_tables import Reading, ReportTable
from appeals.reporting.tables.sections import REPORT_SUBJECT, WITHHELD_NOTE, MeasureSection

PAGE = message("Page {page} of {pages}")
TRAINING = message("Training system: the figures are of made-up appeals.")
CONTENTS = message("Contents")
MEASURES = message("Annex: every measure of the whole city")
MEASURES_NOTE = message(
    "All figures by department, district, street, category and so on are in the XLSX and JSON files"
    " of this edition."
)
MEASURES_HEADER = (
    context_message("report", "Figure"),
    context_message("report", "Met"),
    context_message("report", "Of"),
)
LONG_WORD = re.compile(r"\S{12}(?=\S{12})", re.ASCII)
"""A word too long for a narrow column; it may be broken after each match."""
BREAK_HERE = "\u200b"
NUMBER_SHARE, NAME_SHARE, LONG_TEXT_SHARE = 1.0, 2.0, 5.0
"""Widths of columns: of numbers and short texts, of the names that lead a row, of long texts."""
LONG_TEXT_CHARACTERS = 60


def content_of(reading: Reading) -> dict[str, object]:
    """Return the values of the template `edition.typ`, in the reader's language."""
    report, reader = reading.report, reading.reader
    withheld = reading.withheld.get(None, frozenset())
    return {
        "language": reader.language,
        "title": reader.title(report),
        "subtitle": reading.text(REPORT_SUBJECT),
        "training": reading.text(TRAINING) if reading.is_training else "",
        "facts": reader.facts(report, reading.seal),
        "words": {
            "page": reading.text(PAGE),
            "contents": reading.text(CONTENTS),
            "glance": reading.text(GLANCE),
            "measures": reading.text(MEASURES),
            "measures_note": reading.text(MEASURES_NOTE),
            "measures_header": ["", *map(reading.text, MEASURES_HEADER)],
        },
        "charts": [[vars(chart) for chart in column] for column in _columns_of_charts(reading)],
        "chapters": [
            {
                "title": reading.text(chapter.title),
                "tables": [_table(reading, table) for table in tables],
            }
            for chapter, tables in list_chapters(reading)
        ],
        "measures": [
            _measure(reading, section)
            for section in reader.sections(report, reading.figures, CITY, withheld)
        ],
    }


def _columns_of_charts(reading: Reading) -> list[list[Chart]]:
    """Arrange the charts in two columns, each in the one that is shorter so far."""
    columns: list[list[Chart]] = [[], []]
    for chart in draw_charts(reading):
        min(columns, key=lambda column: sum(each.height for each in column)).append(chart)
    return [column for column in columns if column]


def _table(reading: Reading, table: ReportTable) -> dict[str, object]:
    rows = [[breakable(row.title), *(cell.text for cell in row.cells)] for row in table.rows]
    note = table.note + (reading.text(WITHHELD_NOTE) if table.has_withheld else "")
    return {
        "title": table.title,
        "header": table.header,
        "numeric": table.numeric,
        "widths": list(_widths(table, rows)),
        "rows": rows,
        "note": note,
    }


def _widths(table: ReportTable, rows: list[list[str]]) -> Iterator[float]:
    """Yield the share of the width that each column takes."""
    for n, column in enumerate(zip(*rows, strict=True)):
        if table.numeric[n]:
            yield NUMBER_SHARE
        elif max(map(len, column)) > LONG_TEXT_CHARACTERS:
            yield LONG_TEXT_SHARE
        else:
            yield NUMBER_SHARE if n else NAME_SHARE


def _measure(reading: Reading, section: MeasureSection) -> dict[str, object]:
    """Return a measure with its definition and a row for each variant."""
    meaning = section.meaning + reading.text(message(" Base: %(base)s.", base=section.base))
    if section.has_withheld:
        meaning += reading.text(WITHHELD_NOTE)
    return {"title": section.label, "meaning": meaning, "rows": list(_variants(section))}


def _variants(section: MeasureSection) -> Iterator[list[str]]:
    """Yield a row for each variant: its figure, with a rate's two numbers or a span's cases."""
    for line in section.lines:
        met = str(line.numerator) if section.is_share and not line.is_withheld else ""
        of = "" if section.is_count or line.is_withheld else str(line.denominator)
        yield [line.variant, line.shown, met, of]


def breakable(text: str) -> str:
    """Return a text in which words too long for a column can be broken."""
    return LONG_WORD.sub(rf"\g<0>{BREAK_HERE}", text)
