"""Checks documents by their content: PDF, DOCX and XLSX, without macros.

A document is stored and sent as it came, so it is only ever downloaded, never shown in a page. What
it may hold besides its text (links, scripts of a PDF) is for the virus scanner to judge.
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from appeals.casework.photos.photo_decoding import FIELD, MAX_UPLOAD_BYTES, Upload
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, not_valid

PDF_START, PDF_END = b"%PDF-", b"%%EOF"
PDF_MARK_BYTES = 1024
"""A PDF's marks stand within so many bytes of its beginning and its end (ISO 32000, annex H)."""
ZIP_START, OLD_OFFICE_START = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
END_OF_DIRECTORY = b"PK\x05\x06"
DIRECTORY_END_BYTES, DIRECTORY_SIZE_AT = 22, 12
MAX_DIRECTORY_BYTES = 1 << 20
"""Largest directory of a zip that is read; a usual document has some kilobytes."""
MAX_UNPACKED_BYTES = 300 << 20
CONTENT_TYPES = "[Content_Types].xml"
MAX_CONTENT_TYPES_BYTES = 1 << 20
MACROS = "vbaproject.bin"


@dataclass(frozen=True)
class DocumentType:
    """A kind of document: the end of its name and its media type."""

    suffix: str
    media_type: str


PDF = DocumentType(".pdf", "application/pdf")
OFFICE_TYPES = {
    "word/document.xml": DocumentType(
        ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    "xl/workbook.xml": DocumentType(
        ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
}
"""The types of office documents, by the part that only they have."""
DOCUMENT_TYPES = {each.suffix: each for each in (PDF, *OFFICE_TYPES.values())}


def read_document_type(upload: Upload) -> DocumentType:
    """Return what kind of document a file is, by its content.

    Raises Refused (not valid) for a file that is too large, incomplete, has macros, or is neither a
    photo nor a document.
    """
    octets = upload.octets
    if len(octets) > MAX_UPLOAD_BYTES:
        raise not_valid(
            FIELD,
            message("“%(name)s” is larger than 10 MB and was not kept.", name=upload.called),
        )
    if PDF_START in octets[:PDF_MARK_BYTES]:
        if PDF_END not in octets[-PDF_MARK_BYTES:]:
            raise _incomplete(upload)
        return PDF
    if octets.startswith(ZIP_START):
        return _read_office_type(upload)
    if octets.startswith(OLD_OFFICE_START):
        raise not_valid(
            FIELD,
            message(
                "“%(name)s” is in an old office format or locked by a password, and was not kept. "
                "Save it as DOCX, XLSX or PDF.",
                name=upload.called,
            ),
        )
    raise _no_document(upload)


def document_name(upload: Upload, document: DocumentType) -> str:
    """Return the name under which a document is downloaded: its own, with its true end."""
    return f"{PurePath(upload.called.rstrip('…')).stem or 'file'}{document.suffix}"


def _read_office_type(upload: Upload) -> DocumentType:
    if not _has_small_directory(upload.octets):
        raise _no_document(upload)
    try:
        with zipfile.ZipFile(io.BytesIO(upload.octets)) as archive:
            parts = {each.filename: each for each in archive.infolist()}
            types = _read_content_types(archive, parts)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        raise _incomplete(upload) from None
    found = [kind for part, kind in OFFICE_TYPES.items() if part in parts]
    if len(found) != 1 or not types:
        raise _no_document(upload)
    if b"macroEnabled" in types or any(name.lower().endswith(MACROS) for name in parts):
        raise not_valid(
            FIELD,
            message(
                "“%(name)s” contains macros and was not kept. Save it without them.",
                name=upload.called,
            ),
        )
    if sum(each.file_size for each in parts.values()) > MAX_UNPACKED_BYTES:
        raise _no_document(upload)
    return found[0]


def _has_small_directory(octets: bytes) -> bool:
    """Return whether the directory of a zip is small, before the library reads it."""
    end = octets.rfind(END_OF_DIRECTORY)
    if end < 0 or len(octets) < end + DIRECTORY_END_BYTES:
        return True  # incomplete: the library says so
    size = octets[end + DIRECTORY_SIZE_AT : end + DIRECTORY_SIZE_AT + 4]
    return int.from_bytes(size, "little") <= MAX_DIRECTORY_BYTES


def _read_content_types(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> bytes:
    if CONTENT_TYPES not in parts:
        return b""
    with archive.open(CONTENT_TYPES) as types:
        return types.read(MAX_CONTENT_TYPES_BYTES)


def _incomplete(upload: Upload) -> Refused:
    return not_valid(
        FIELD,
        message("“%(name)s” is incomplete and was not kept. Choose it again.", name=upload.called),
    )


def _no_document(upload: Upload) -> Refused:
    return not_valid(
        FIELD,
        message(
            "“%(name)s” was not kept. Choose a photo (JPEG, PNG, WebP, HEIC) or a document (PDF, "
            "DOCX, XLSX).",
            name=upload.called,
        ),
    )
