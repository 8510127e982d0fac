"""Reading an uploaded table: CSV in UTF-8 or GB18030, or a workbook's first sheet.

The page of a preview carries the file to the confirmation in a field, compressed: with its
quotation marks escaped, the configuration of a city would be most of the page.
"""

import base64
import csv
import io
import zipfile
import zlib
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
MAX_TEXT_BYTES = 4 * MAX_FILE_BYTES
"""The most bytes of a file's text in UTF-8, where a character takes up to four."""
WORKBOOK_MAGIC = b"PK"
PACKED_TEXT = "data:application/zlib;base64,"
"""What a compressed text begins with; a text that does not is the file itself."""


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


def pack_text(text: str) -> str:
    """Return the text of a file compressed, for a field that the browser sends back."""
    return PACKED_TEXT + base64.b64encode(zlib.compress(text.encode())).decode()


def unpack_text(sent: str) -> str:
    """Return the text of a file that a field carried, compressed or as it is.

    Raises Refused (not valid) for what was never packed here, and for more than a file may have.
    """
    if not sent.startswith(PACKED_TEXT):
        return sent
    reader = zlib.decompressobj()
    try:
        packed = base64.b64decode(sent.removeprefix(PACKED_TEXT), validate=True)
        text = reader.decompress(packed, MAX_TEXT_BYTES).decode()
    except (ValueError, zlib.error):
        raise not_valid("file", message("Choose a file.")) from None
    if reader.unconsumed_tail:
        raise not_valid("file", message("The file is too large."))
    if not reader.eof:
        raise not_valid("file", message("Choose a file."))
    return text


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
