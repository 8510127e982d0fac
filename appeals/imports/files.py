"""Reading files: CSV of any separator and encoding, gzipped or not, and workbooks (.xlsx).

A text file is read through before its first row is yielded, so that a truncated one, or one of
another encoding, is refused whole.
"""

import codecs
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from appeals.domain.messages import context_message, message
from appeals.domain.refusals import Refused
from appeals.imports.faults import Fault, file_refusal
from appeals.imports.mapping import ColumnMapping

MAX_CELL_CHARACTERS = 10_000_000
"""Characters of one cell."""
CHUNK_BYTES = 1 << 20
"""Bytes read at once."""
UTF_8 = "utf-8-sig"
ENCODINGS = (UTF_8, "gb18030", "big5", "cp1252")
"""Encodings to try, in order; the last decodes nearly anything."""
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: UTF_8,
}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SEVERAL_SEPARATORS = {
    ",": context_message("separators of a file", "commas"),
    ";": context_message("separators of a file", "semicolons"),
    "\t": context_message("separators of a file", "tabs"),
    "|": context_message("separators of a file", "bars"),
}
WORKBOOK_SUFFIX = ".xlsx"
SAMPLE_ROWS = 200


@dataclass(frozen=True)
class FileRow:
    """One row of the file: its number without the header, the file's line, and its cells.

    `fault` says that it has too many or too few cells, so that cells cannot be told apart.
    """

    number: int
    line: int
    cells: Mapping[str, str]
    fault: Fault | None = None


@dataclass(frozen=True)
class FileFormat:
    """A file's likely format and first rows; a workbook has neither encoding nor separator."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    sample: tuple[Mapping[str, str], ...]


@contextmanager
def open_rows(path: Path, mapping: ColumnMapping) -> Iterator[Iterator[FileRow]]:
    """Open a file and yield its rows.

    Raises Refused (not valid) where a column is missing or doubled, or the file cannot be read.
    """
    with _open_table(path, mapping.encoding, mapping.separator, mapping.sheet) as table:
        header = _read_header(path, table)
        try:
            mapping.check_header(header)
        except Refused:
            if not mapping.separator and len(header) == 1:
                raise _separator_refusal(path, header[0]) from None
            raise
        yield _read_rows(header, table, may_be_short=path.suffix == WORKBOOK_SUFFIX)


def inspect_file(path: Path) -> FileFormat:
    """Guess a file's format, with its header and first rows. Raises Refused."""
    encoding = separator = ""
    if path.suffix != WORKBOOK_SUFFIX:
        encoding = guess_encoding(path)
        with _open_bytes(path) as file:
            first = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(CHUNK_BYTES))
        separator = guess_separator(first.partition("\n")[0])
    with _open_table(path, encoding, separator, "") as table:
        header = _read_header(path, table)
        rows = _read_rows(header, table, may_be_short=True)
        sample = tuple(row.cells for row, _ in zip(rows, range(SAMPLE_ROWS), strict=False))
    return FileFormat(encoding, separator, header, sample)


def guess_encoding(path: Path) -> str:
    """Return the first encoding that decodes the beginning of a file."""
    with _open_bytes(path) as file:
        begin = file.read(CHUNK_BYTES)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if begin.startswith(mark):
            return encoding
    return next((each for each in ENCODINGS if _decodes_as(begin, each)), ENCODINGS[-1])


def _decodes_as(begin: bytes, encoding: str) -> bool:
    """Return whether bytes decode in an encoding; the last character may be cut."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(begin)
    except UnicodeDecodeError:
        return False
    return True


def guess_separator(header: str) -> str:
    """Return the separator that occurs most often in a header."""
    return max(SEPARATORS, key=header.count)


def _separator_refusal(path: Path, header: str) -> Refused:
    return file_refusal(
        message(
            "The header of %(file)s is one single cell; the cells seem to stand between "
            "%(separators)s: say so with the key separator.",
            file=path.name,
            separators=SEVERAL_SEPARATORS[guess_separator(header)],
        )
    )


@contextmanager
def _open_table(
    path: Path, encoding: str, separator: str, sheet: str
) -> Iterator[Iterator[tuple[int, Sequence[str]]]]:
    """Yield the lines of a table, each with its number in the file and its cells."""
    if path.suffix == WORKBOOK_SUFFIX:
        with _open_workbook(path, sheet) as lines:
            yield lines
        return
    _check_text(path, encoding or UTF_8)
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with _open_bytes(path) as file, io.TextIOWrapper(file, encoding or UTF_8, newline="") as text:
        yield _read_csv_lines(path, text, separator or ",")


def _open_bytes(path: Path) -> io.BufferedReader | gzip.GzipFile:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _check_text(path: Path, encoding: str) -> None:
    """Read a text file through. Raises Refused where it is cut, or not in the encoding."""
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    try:
        with _open_bytes(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                line += decoder.decode(chunk).count("\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        seems = guess_encoding(path)
        raise file_refusal(
            message(
                "%(file)s is not in %(encoding)s from about line %(line)s on; it seems to be "
                '%(seems)s: say so with encoding = "%(seems)s".',
                file=path.name,
                line=line,
                encoding=encoding,
                seems=seems,
            )
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise file_refusal(
            message(
                "%(file)s is no whole gzip file: it ends after about line %(line)s. Nothing "
                "was brought in; copy the file again.",
                file=path.name,
                line=line,
            )
        ) from None


def _read_csv_lines(
    path: Path, text: Iterable[str], separator: str
) -> Iterator[tuple[int, Sequence[str]]]:
    lines = csv.reader(text, delimiter=separator)
    try:
        for cells in lines:
            if cells:
                yield lines.line_num, cells
    except csv.Error as wrong:
        raise file_refusal(
            message(
                "%(file)s cannot be read at line %(line)s: %(problem)s.",
                file=path.name,
                line=lines.line_num,
                problem=wrong,
            )
        ) from None


@contextmanager
def _open_workbook(path: Path, sheet: str) -> Iterator[Iterator[tuple[int, Sequence[str]]]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError, EOFError):
        raise file_refusal(
            message("%(file)s is no workbook (.xlsx) that can be read.", file=path.name)
        ) from None
    with closing(book):
        if sheet and sheet not in book.sheetnames:
            there = ", ".join(book.sheetnames)
            raise file_refusal(
                message(
                    "The workbook has no sheet “%(sheet)s”; it has %(names)s.",
                    sheet=sheet,
                    names=there,
                )
            )
        chosen = book[sheet] if sheet else book.worksheets[0]
        lines = enumerate(chosen.iter_rows(values_only=True), start=1)
        filled = ((line, _trim_row([_cell_text(value) for value in row])) for line, row in lines)
        yield ((line, cells) for line, cells in filled if cells)


def _trim_row(cells: list[str]) -> list[str]:
    """Drop the empty cells at the end of a row: a sheet is as wide as its widest row."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell_text(value: object) -> str:
    """Return the text of a workbook's value: times in ISO 8601, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _read_header(path: Path, table: Iterator[tuple[int, Sequence[str]]]) -> tuple[str, ...]:
    _line, header = next(table, (0, ()))
    if not header:
        raise file_refusal(message("%(file)s is empty.", file=path.name))
    return tuple(name.strip() for name in header)


def _read_rows(
    header: tuple[str, ...], table: Iterator[tuple[int, Sequence[str]]], *, may_be_short: bool
) -> Iterator[FileRow]:
    """Yield rows by header name; a sheet leaves out the empty cells at the end of a row."""
    for number, (line, cells) in enumerate(table, start=1):
        fits = len(cells) == len(header) or (may_be_short and len(cells) < len(header))
        fault = None if fits else _cell_count_fault(len(cells), len(header))
        yield FileRow(number, line, dict(zip(header, cells, strict=False)), fault)


def _cell_count_fault(cells: int, wanted: int) -> Fault:
    return Fault(
        "row",
        message(
            "it has %(cells)s cells where the header has %(wanted)s; a separator inside a "
            "cell that is not in quotation marks does this",
            cells=cells,
            wanted=wanted,
        ),
    )
