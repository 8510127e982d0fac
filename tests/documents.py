"""Documents for tests, and what pretends to be one."""

import io
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
WORD_TYPES = (
    b'<Types><Override PartName="/word/document.xml" ContentType="application/'
    b'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def office(
    main: str = "word/document.xml",
    types: bytes = WORD_TYPES,
    more: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """Return an office file with one main part, its content types, and further parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if types:
            archive.writestr("[Content_Types].xml", types)
        archive.writestr(main, b"<w:document/>")
        for name, octets in more.items():
            archive.writestr(f"word/{name}", octets)
    return out.getvalue()


def many_parts(count: int) -> bytes:
    """Return an office file with very many empty parts, whose directory is large."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", WORD_TYPES)
        archive.writestr("word/document.xml", b"")
        for n in range(count):
            archive.writestr(f"word/part{n:06}.xml", b"")
    return out.getvalue()
