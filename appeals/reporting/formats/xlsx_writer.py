"""Tables as an XLSX workbook: typed cells, frozen headers, and no formulas.

Texts are written as strings, whatever they begin with, so no cell is a formula or a link. Rows are
streamed; those that do not fit on a sheet continue on the next.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from appeals.domain.calendar import SHANGHAI

MAX_SHEET_ROWS = 1_048_575
"""The most rows of a sheet below its header."""
MAX_CELL_CHARACTERS = 32_767
MAX_SHEET_NAME_CHARACTERS = 31
FORBIDDEN_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
MOMENT_FORMAT = "yyyy-mm-dd hh:mm:ss"
COLUMN_WIDTH = 16


@dataclass(frozen=True)
class FormattedNumber:
    """A number and how it is formatted, such as 0.00%."""

    value: float
    shape: str


CellValue = str | int | float | FormattedNumber | datetime | None


@dataclass(frozen=True)
class Sheet:
    """One table: its name, its header, and any number of rows."""

    name: str
    header: tuple[str, ...]
    rows: Iterable[tuple[CellValue, ...]]


def write_workbook(to: IO[bytes], sheets: Iterable[Sheet], most: int = MAX_SHEET_ROWS) -> None:
    """Write the sheets to `to`; aware moments become Shanghai time.

    A sheet with more than `most` rows continues as “name 2”, “name 3”, each with the header.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(to, options) as book:
        pen = _WorkbookWriter(book)
        for sheet in sheets:
            pen.table(sheet, most)


class _WorkbookWriter:
    """A writer of one workbook, which creates each cell format once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.bold: Format = book.add_format({"bold": True, "bottom": 1})
        self.formats: dict[str, Format] = {}

    def table(self, sheet: Sheet, most: int) -> None:
        """Write one table, on as many sheets as it needs."""
        page, n, at = self._page(sheet, 1), 1, 0
        for row in sheet.rows:
            if at == most:
                page.autofilter(0, 0, at, len(sheet.header) - 1)
                n, at = n + 1, 0
                page = self._page(sheet, n)
            at += 1
            for column, value in enumerate(row):
                self._cell(page, at, column, value)
        page.autofilter(0, 0, at, len(sheet.header) - 1)

    def _page(self, sheet: Sheet, n: int) -> Worksheet:
        ending = f" {n}" if n > 1 else ""
        name = (
            FORBIDDEN_IN_SHEET_NAME.sub(" ", sheet.name).strip()[
                : MAX_SHEET_NAME_CHARACTERS - len(ending)
            ]
            + ending
        )
        page = self.book.add_worksheet(name)
        page.freeze_panes(1, 0)
        page.set_column(0, len(sheet.header) - 1, COLUMN_WIDTH)
        for column, title in enumerate(sheet.header):
            page.write_string(0, column, title, self.bold)
        return page

    def _cell(self, page: Worksheet, at: int, column: int, value: CellValue) -> None:
        if isinstance(value, str):
            page.write_string(at, column, value[:MAX_CELL_CHARACTERS])
        elif isinstance(value, datetime):
            local = value.astimezone(SHANGHAI).replace(tzinfo=None)
            page.write_datetime(at, column, local, self._format(MOMENT_FORMAT))
        elif isinstance(value, FormattedNumber):
            page.write_number(at, column, value.value, self._format(value.shape))
        elif value is not None:
            page.write_number(at, column, value)

    def _format(self, shape: str) -> Format:
        if shape not in self.formats:
            self.formats[shape] = self.book.add_format({"num_format": shape})
        return self.formats[shape]
