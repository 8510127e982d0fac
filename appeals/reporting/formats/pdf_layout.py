"""The pages of an edition's PDF, drawn line by line; imported by whoever makes one."""

import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TextEmphasis
from fpdf.fonts import FontFace, TTFFont
from fpdf.outline import OutlineSection

from appeals.reporting.chapters.chapters import list_chapters
from appeals.reporting.formats.pdf_charts import FONT, GLANCE, PdfChart, draw_charts
from appeals.reporting.measures.measure_shapes import Words
from appeals.reporting.tables.report_tables import Reading, ReportTable
from appeals.reporting.tables.sections import (
    BREAKDOWN_LABELS,
    WITHHELD_NOTE,
    MeasureSection,
    Reader,
)

MARGIN, ROW, TABLE_ROW = 18, 6, 4.6
PICTURE, BETWEEN = 82, 10
"""Widths of a picture, two to a line, and of what lies between."""
TEXT, SMALL, TINY, HEADING, TITLE = 9, 7, 6, 12, 20
NAMES, OTHERS = 3, 2
"""Shares of a chapter table's width: of its first column, and of each other."""
NAME, NUMBER = 84, 30
"""Widths of a table's first and other columns, in millimetres."""
PAGE = Words("第 {page} 页，共 {{nb}} 页", "Page {page} of {{nb}}")
REPORT = Words("报告", "The report")
CONTENTS = Words("目录", "Contents")
BASE = Words("口径：{base}。", " Base: {base}.")
UNPRINTED = Words(
    "有{n}个字没有字体可用，以□代替：{codes}。",
    "Characters that could not be printed and stand as □: {n} ({codes})",
)
MAX_UNPRINTED_NAMED = 10
BOX = ord("□")
SHAPELESS = frozenset({"Cc", "Cf", "Mn"})
"""Unicode's categories of characters that need no shape of their own."""
FontFile = tuple[Path, int]
"""A font's file, and which face in it."""
COLUMNS = (Words("结果", "Figure"), Words("分子", "Met"), Words("分母", "Of"))


def pdf_printer(
    font: FontFile, fallback_fonts: Sequence[FontFile] = ()
) -> Callable[[Reading], bytes]:
    """Give what prints an edition with a font: its chapters, and annexed all its figures.

    An edition with characters that the font lacks is drawn a second time, with the fallback fonts:
    loading them takes a second, and hardly any edition needs them.
    """

    def printed(reading: Reading) -> bytes:
        paper = _print_report(reading, _ReportPdf(reading.reader, font))
        if missing := paper.find_missing():
            paper.close_fonts()
            paper = _ReportPdf(reading.reader, font, fallback_fonts)
            unprinted = paper.replace_unprintable(missing)
            _print_report(reading, paper)
            paper.note_unprinted(unprinted)
        out = io.BytesIO()
        paper.output(out)
        return out.getvalue()

    return printed


def _print_report(reading: Reading, paper: "_ReportPdf") -> "_ReportPdf":
    report, figures, reader = reading.report, reading.figures, reading.reader
    paper.opening(reader.title(report), reader.facts(report, reading.seal))
    paper.contents()
    paper.pictures(reading.text(GLANCE), draw_charts(reading))
    paper.part(reading.text(REPORT))
    for chapter, tables in list_chapters(reading):
        paper.section(reading.text(chapter.title), tables)
    for by in BREAKDOWN_LABELS:
        withheld = reading.withheld.get(None, frozenset())
        paper.chapter(by, reader.sections(report, figures, by, withheld))
    return paper


class _ReportPdf(FPDF):
    """The pages, A4 upright."""

    def __init__(
        self, reader: Reader, font: FontFile, fallback_fonts: Sequence[FontFile] = ()
    ) -> None:
        super().__init__(format="A4")
        self.reader = reader
        self.fallbacks = [f"fallback{n}" for n in range(len(fallback_fonts))]
        for name, (file, face) in zip(
            (FONT, *self.fallbacks), (font, *fallback_fonts), strict=True
        ):
            self.add_font(name, fname=file, collection_font_number=face)
        self.set_fallback_fonts(self.fallbacks)
        self.set_margin(MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.set_font(FONT, size=TEXT)
        self.set_lang("zh-CN" if reader.language == "zh" else "en")
        self.add_page()

    def find_missing(self) -> Sequence[int]:
        """Return the characters drawn so far that the font lacks, but for those without a shape."""
        missing = self._face(FONT).missing_glyphs
        return [code for code in missing if unicodedata.category(chr(code)) not in SHAPELESS]

    def replace_unprintable(self, missing: Sequence[int]) -> Sequence[int]:
        """Have those characters drawn as a box that no fallback font has; return which."""
        known = {code for name in self.fallbacks for code in self._face(name).cmap}
        unprinted = [code for code in missing if code not in known]
        face = self._face(FONT)
        for code in unprinted:
            face.cmap[code] = face.cmap[BOX]
            face.cw[code], face.glyph_ids[code] = face.cw[BOX], face.glyph_ids[BOX]
        return unprinted

    def note_unprinted(self, unprinted: Sequence[int]) -> None:
        """Say once, at the end, which characters stand as a box."""
        if unprinted:
            codes = [f"U+{code:04X}" for code in unprinted[:MAX_UNPRINTED_NAMED]]
            codes += ["…"] if len(unprinted) > MAX_UNPRINTED_NAMED else []
            self._line(
                self._said(UNPRINTED).format(n=len(unprinted), codes=" ".join(codes)), SMALL, ROW
            )

    def close_fonts(self) -> None:
        """Close the fonts' files of pages that are not written."""
        for name in (FONT, *self.fallbacks):
            self._face(name).close()

    def _face(self, name: str) -> TTFFont:
        face = self.fonts[name]
        assert isinstance(face, TTFFont)
        return face

    def footer(self) -> None:
        """Print the number of the page, which FPDF asks for at its end."""
        self.set_y(-MARGIN + ROW / 2)
        self.set_font(FONT, size=SMALL)
        self.cell(0, ROW, self._said(PAGE).format(page=self.page_no()), align="C")

    def opening(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """Print the title and what the figures rest on."""
        self.set_title(title)
        self._line(title, TITLE, 2 * ROW)
        for name, fact in facts:
            self.set_font(FONT, size=TEXT)
            self.cell(NUMBER, ROW, name)
            self.multi_cell(0, ROW, fact, new_x="LMARGIN", new_y="NEXT")
        self.ln()

    def contents(self) -> None:
        """Leave room for the contents, and go to the next page."""
        self.add_page()
        self._line(self._said(CONTENTS), TITLE, 2 * ROW)
        self.insert_toc_placeholder(_print_contents, allow_extra_pages=True)

    def pictures(self, name: str, each: Iterable[PdfChart]) -> None:
        """Print the pictures from a new page on, two beside each other, each under its title."""
        shown = list(each)
        if not shown:
            return
        self.part(name)
        for place in range(0, len(shown), 2):
            pair = shown[place : place + 2]
            tall = ROW + PICTURE * max(picture.tall for picture in pair)
            if self.will_page_break(tall):
                self.add_page()
            top = self.get_y()
            for beside, picture in enumerate(pair):
                left = self.l_margin + beside * (PICTURE + BETWEEN)
                self.set_xy(left, top)
                self.set_font(FONT, size=TEXT)
                self.cell(PICTURE, ROW, picture.title)
                about = f"{picture.title}. {picture.about}"
                self.image(io.BytesIO(picture.svg), left, top + ROW, PICTURE, alt_text=about)
            self.set_xy(self.l_margin, top + tall + ROW)

    def chapter(self, by: str, sections: Sequence[MeasureSection]) -> None:
        """Print one breakdown from a new page on: a table for each measure."""
        if not sections:
            return
        self.part(self.reader.dimension(by))
        for section in sections:
            self._table(section)

    def part(self, name: str) -> None:
        """Begin a part of the document on a new page."""
        if self.get_y() > self.t_margin:
            self.add_page()
        self.start_section(name)
        self._line(name, TITLE, 2 * ROW)

    def section(self, title: str, tables: Sequence[ReportTable]) -> None:
        """Print one chapter of the report: its tables one under the other."""
        if self.will_page_break(12 * ROW):
            self.add_page()
        self.start_section(title, level=1)
        self._line(title, HEADING, 2 * ROW)
        for table in tables:
            self._print(table)

    def _print(self, table: ReportTable) -> None:
        """Print a table of any number of columns; a cell's text goes on in the line below."""
        if self.will_page_break(6 * TABLE_ROW):
            self.add_page()
        self._line(table.title, TEXT, ROW)
        self.set_font(FONT, size=TINY)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=(NAMES, *(OTHERS for _ in table.header[1:])),
            headings_style=FontFace(emphasis=TextEmphasis.NONE),
            line_height=TABLE_ROW,
            text_align=tuple("RIGHT" if each else "LEFT" for each in table.numeric),
        ) as printed:
            printed.row(table.header)
            for row in table.rows:
                printed.row((row.title, *(cell.text for cell in row.cells)))
        self.multi_cell(0, TABLE_ROW, table.note, align="L", new_x="LMARGIN", new_y="NEXT")
        self._note_withheld(said=table.has_withheld)
        self.ln(TABLE_ROW)

    def _table(self, section: MeasureSection) -> None:
        if self.will_page_break(6 * TABLE_ROW):
            self.add_page()
        self.start_section(section.label, level=1)
        self._line(section.label, HEADING, ROW)
        self.set_font(FONT, size=SMALL)
        base = self._said(BASE).format(base=section.base)
        self.multi_cell(0, TABLE_ROW, f"{section.meaning}{base}", new_x="LMARGIN", new_y="NEXT")
        self._row("", *(self._said(each) for each in COLUMNS))
        self.set_font(FONT, size=TEXT)
        many = len({line.variant for line in section.lines}) > 1
        for line in section.lines:
            bare = section.is_count or line.is_withheld
            numbers = ("", "") if bare else (line.numerator, line.denominator)
            name = f"{line.key} · {line.variant}" if many else line.key
            self._row(name, line.shown, *(str(each) for each in numbers))
        self._note_withheld(said=section.has_withheld)
        self.ln(TABLE_ROW)

    def _note_withheld(self, *, said: bool) -> None:
        """Say under a table what the sign of a withheld figure means, if it has one."""
        if said:
            self.set_font(FONT, size=TINY)
            note = self._said(WITHHELD_NOTE)
            self.multi_cell(0, TABLE_ROW, note, align="L", new_x="LMARGIN", new_y="NEXT")

    def _row(self, name: str, *numbers: str) -> None:
        self.cell(NAME, TABLE_ROW, self._fitting(name), border="B")
        for each in numbers:
            self.cell(NUMBER, TABLE_ROW, each, border="B", align="R")
        self.ln(TABLE_ROW)

    def _fitting(self, text: str) -> str:
        """Give as much of a text as the first column holds."""
        while text and self.get_string_width(text) > NAME - 2:
            text = text[:-2] + "…"
        return text

    def _line(self, text: str, size: float, height: float) -> None:
        self.set_font(FONT, size=size)
        self.multi_cell(0, height, text, new_x="LMARGIN", new_y="NEXT")

    def _said(self, words: Words) -> str:
        return words.label(self.reader.language)


def _print_contents(paper: FPDF, outline: list[OutlineSection]) -> None:
    """Print the contents: a line for each chapter, under it its tables; each leads to its page."""
    for each in outline:
        link = paper.add_link(page=each.page_number)
        if each.level:
            _print_contents_entry(paper, f"{each.name} {each.page_number}", link)
            continue
        paper.set_font(FONT, size=TEXT)
        paper.ln(ROW)
        paper.cell(NAME, ROW, each.name, link=link)
        paper.cell(0, ROW, str(each.page_number), align="R", link=link)
        paper.ln(ROW)


def _print_contents_entry(paper: FPDF, text: str, link: int) -> None:
    """Print one table's name and page, on the next line where this one is full."""
    paper.set_font(FONT, size=SMALL)
    width = paper.get_string_width(text) + ROW
    if paper.get_x() + width > paper.w - paper.r_margin:
        paper.ln(TABLE_ROW)
    paper.cell(width, TABLE_ROW, text, link=link)
