"""What is taken as a document, by its content and not by its name."""

from collections.abc import Callable

import pytest

from appeals.casework.answers.documents import document_name, read_document_type
from appeals.casework.photos.photo_decoding import MAX_UPLOAD_BYTES, Upload
from appeals.domain.refusals import Refused
from tests.documents import PDF, WORD_TYPES, many_parts, office
from tests.photos import EICAR, SCRIPT

SHEET_TYPES = WORD_TYPES.replace(b"word", b"spreadsheet")
GOOD = {
    "整改报告.pdf": (PDF, "整改报告.pdf"),
    "整改报告.doc": (office(), "整改报告.docx"),
    "台账": (office("xl/workbook.xml", SHEET_TYPES), "台账.xlsx"),
    "../../etc/passwd.pdf": (b"\n" + PDF, "passwd.pdf"),
    "report.pdf.exe": (PDF, "report.pdf.pdf"),
    ".pdf": (PDF, ".pdf.pdf"),
    "": (PDF, "file.pdf"),
}
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "script.pdf": (lambda: SCRIPT, "Choose a photo"),
    "virus.docx": (lambda: EICAR, "Choose a photo"),
    "empty.pdf": (lambda: b"", "Choose a photo"),
    "half.pdf": (lambda: PDF[:20], "incomplete"),
    "half.docx": (lambda: office()[:-30], "incomplete"),
    "any.zip": (lambda: office("readme.txt"), "Choose a photo"),
    "no types.docx": (lambda: office(types=b""), "Choose a photo"),
    "old.doc": (lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "old office format"),
    "macros.docx": (lambda: office(more={"vbaProject.bin": b"x"}), "macros"),
    "macros.docm": (lambda: office(types=b"macroEnabled" + WORD_TYPES), "macros"),
    "parts.docx": (lambda: many_parts(20_000), "Choose a photo"),
    "bomb.docx": (lambda: office(more={f"{n}.xml": bytes(31 << 20) for n in range(10)}), "Choose"),
    "large.pdf": (lambda: PDF + bytes(MAX_UPLOAD_BYTES), "larger than 10 MB"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_document_is_known_by_its_content_and_gets_its_true_end(name: str) -> None:
    octets, called = GOOD[name]
    upload = Upload(name, octets)
    assert document_name(upload, read_document_type(upload)) == called


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_document_is_refused_with_a_sentence(name: str) -> None:
    make, sentence = REFUSED[name]
    with pytest.raises(Refused, match=sentence) as refused:
        read_document_type(Upload(name, make()))
    assert name in refused.value.label("en")


def test_a_long_name_is_shortened_and_keeps_its_end() -> None:
    upload = Upload("关于" * 40 + ".pdf", PDF)
    assert document_name(upload, read_document_type(upload)) == "关于" * 20 + ".pdf"
