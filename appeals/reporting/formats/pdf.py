"""An edition as a PDF for reading and printing: title, contents, page numbers, Chinese type.

It is drawn by `pdf_layout.py`, in the worker alone: Celery replaces a process that has grown.
The letters are embedded as far as they are used; where the machine has no Chinese font, a sentence
says so. Texts, lines and our own pictures are drawn: nothing is fetched from anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from appeals.domain.refusals import Refused, RefusedKind
from appeals.reporting.tables.report_tables import Reading

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
FONT_FACES = {"wqy-microhei.ttc": 0, "NotoSansCJK-Regular.ttc": 2}
"""The files with Chinese letters, the best first, and which face in them is mainland China's."""
FALLBACK_FACES = {"BabelStoneHan.ttf": 0, "NotoSansCJK-Regular.ttc": 2}
"""Likewise the fonts for rare characters, such as those of some place names."""
NO_FONT = Refused(
    RefusedKind.NOT_HERE,
    "本服务器没有中文字体，无法生成 PDF。请安装软件包 fonts-wqy-microhei。",
    "This server has no Chinese font, so there is no PDF. Install the package fonts-wqy-microhei.",
)


def write_pdf(to: IO[bytes], reading: Reading) -> None:
    """Write the edition to `to`: its chapters, and annexed all its figures.

    Raises Refused (not here) where the machine has no font for it.
    """
    from appeals.reporting.formats import pdf_layout  # noqa: PLC0415 - 20 MB that only who draws needs

    to.write(pdf_layout.pdf_printer(find_font(), find_fallback_fonts())(reading))


def find_font() -> tuple[Path, int]:
    """Find the font's file and the face in it. Raises Refused (not here) if there is none."""
    found = next(_find_fonts(FONT_FACES), None)
    if found is None:
        raise NO_FONT
    return found


def find_fallback_fonts() -> Sequence[tuple[Path, int]]:
    """Find the fonts for characters that the first one lacks; there may be none."""
    return list(_find_fonts(FALLBACK_FACES))


def _find_fonts(faces: Mapping[str, int]) -> Iterator[tuple[Path, int]]:
    for place in FONT_FOLDERS:
        for name, face in faces.items():
            if found := next(place.rglob(name), None):
                yield found, face
