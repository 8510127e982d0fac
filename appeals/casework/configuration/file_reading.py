"""Reading an uploaded table: CSV in UTF-8 or GB18030, or a workbook's first sheet."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from io import BytesIO
from typing import IO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from appeals.domain.messages import message
from appeals.domain.refusals import not_valid

MAX_FILE_BYTES = 300_000
ENCODINGS = ("utf-8-sig", "gb18030")
WORKBOOK_MAGIC = b"PK"


def read_upload(file: IO[bytes] | None, sent_before: str) -> str:
    """Return the uploaded file as CSV, or the text that was sent before.

    Raises Refused (not valid) without either, and for a file that is too large or unreadable.
    """
    if file is None:
        if not sent_before:
            raise not_valid("file", message("Choose a file."))
        return sent_before
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise not_valid("file", message("The file is too large."))
    if content.startswith(WORKBOOK_MAGIC):
        return _write_csv(_read_workbook(content))
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise not_valid("file", message("The file is neither in UTF-8 nor in GB18030."))


def read_rows(text: str) -> list[tuple[int, Sequence[str]]]:
    """Return the rows of a CSV text, each with its number. Raises Refused (not valid)."""
    try:
        return list(enumerate(csv.reader(io.StringIO(text, newline="")), start=1))
    except csv.Error:
        raise not_valid("file", message("The file cannot be read as CSV.")) from None


def _read_workbook(content: bytes) -> Iterator[Sequence[str]]:
    try:
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError, EOFError):
        raise not_valid("file", message("This is no workbook (.xlsx) that can be read.")) from None
    with closing(book):
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield ["" if value is None else str(value) for value in row]


def _write_csv(rows: Iterator[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
