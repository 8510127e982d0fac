"""An edition as a PDF for reading and printing, set by Typst from `templates/reports/edition.typ`.

Only the worker makes it: Typst takes some 100 MB, and Celery replaces a process that has grown. The
template gets texts as JSON, so nothing in them is markup, and nothing is fetched over the network.
Fonts are embedded as subsets; without a Chinese font on the machine, an error says so.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from fontTools.ttLib import TTFont

from appeals.domain.messages import message
from appeals.domain.refusals import Refused, RefusedKind
from appeals.reporting.charts.colours import load_colours
from appeals.reporting.formats.pdf_content import content_of
from appeals.reporting.tables.report_tables import Reading

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
TEMPLATE = Path(__file__).parents[3] / "templates" / "reports" / "edition.typ"
NO_FONT = Refused(
    RefusedKind.NOT_HERE,
    message(
        "This server has no Chinese font, so there is no PDF. Install the package"
        " fonts-wqy-microhei."
    ),
)
BOX = "□"
UNPRINTABLE_NAMED = 10
SHAPELESS = frozenset({"Cc", "Cf", "Mn"})
"""Unicode categories of characters that need no glyph of their own."""


@dataclass(frozen=True)
class Font:
    """A font that the PDF may use; `face` is the one of mainland China in a collection."""

    file: str
    family: str
    face: int = 0


FONTS = (
    Font("wqy-microhei.ttc", "WenQuanYi Micro Hei"),
    Font("NotoSansCJK-Regular.ttc", "Noto Sans CJK SC", face=2),
)
"""The fonts with Chinese characters, the best first; one of them is needed."""
FALLBACK_FONTS = (Font("BabelStoneHan.ttf", "BabelStone Han"), FONTS[1])
"""Fonts for rare characters, such as those of some place names."""


def write_pdf(to: IO[bytes], reading: Reading) -> None:
    """Write the edition to `to`: its chapters, and in an annex every measure of the whole city.

    Raises Refused (not here) if the machine has no Chinese font.
    """
    fonts = find_fonts()
    content = content_of(reading)
    written = json.dumps(content, ensure_ascii=False)
    unprintable = find_unprintable(written, fonts)
    content["fonts"] = [font.family for font, _ in fonts]
    content["colours"] = {name: each.light for name, each in load_colours().items()}
    content["unprinted"] = _note_unprintable(reading, unprintable)
    written = json.dumps(content, ensure_ascii=False).translate(dict.fromkeys(unprintable, BOX))
    to.write(typeset(TEMPLATE, written, fonts, "pdf"))


def typeset(
    template: Path, content: str, fonts: Iterable[tuple[Font, Path]], form: Literal["pdf", "png"]
) -> bytes:
    """Return what Typst makes of a template and its content, a JSON text; a PNG has 72 dpi."""
    import typst  # noqa: PLC0415 - 80 MB that only who makes a file needs

    return typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=sorted({str(file.parent) for _, file in fonts}),
        ignore_system_fonts=True,
        sys_inputs={"edition": content},
        format=form,
        ppi=72,
    )


def find_fonts() -> list[tuple[Font, Path]]:
    """Return the fonts to use with their files, the main one first.

    Raises Refused (not here) if there is no Chinese font.
    """
    main = next(_find_files(FONTS), None)
    if main is None:
        raise NO_FONT
    return [main, *(each for each in _find_files(FALLBACK_FONTS) if each[0] != main[0])]


def _find_files(fonts: Sequence[Font]) -> Iterator[tuple[Font, Path]]:
    for font in fonts:
        files = (file for folder in FONT_FOLDERS for file in folder.rglob(font.file))
        if file := next(files, None):
            yield font, file


def find_unprintable(text: str, fonts: Iterable[tuple[Font, Path]]) -> list[int]:
    """Return the code points of a text that need a glyph and have none in these fonts."""
    missing = {ord(each) for each in set(text) if unicodedata.category(each) not in SHAPELESS}
    for font, file in fonts:
        if missing:
            with TTFont(file, fontNumber=font.face, lazy=True) as opened:
                missing -= opened.getBestCmap().keys()
    return sorted(missing)


def _note_unprintable(reading: Reading, unprintable: Sequence[int]) -> str:
    """Return the note that names the characters shown as a box; empty if there are none."""
    if not unprintable:
        return ""
    codes = [f"U+{code:04X}" for code in unprintable[:UNPRINTABLE_NAMED]]
    codes += ["…"] if len(unprintable) > UNPRINTABLE_NAMED else []
    return reading.text(
        message(
            "Characters that could not be printed and stand as □: %(n)s (%(codes)s)",
            n=len(unprintable),
            codes=" ".join(codes),
        )
    )
