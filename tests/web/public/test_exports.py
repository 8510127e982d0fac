"""The same figures in every form of an edition; nothing in it that a spreadsheet would run."""

import csv
import io
import json
import re
import zipfile
from contextlib import closing
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument
from pypdfium2.raw import FPDF_PAGEOBJ_PATH as PATH
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.refusals import Refused
from appeals.domain.states import State
from appeals.models.organisation import Department
from appeals.reference.reference_data import load_reference, mark_reference_changed
from appeals.reporting.chapters.chapters import list_chapters
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import editions, report_document
from appeals.reporting.editions.public_editions import read_public_report
from appeals.reporting.formats import pdf, xlsx_writer
from appeals.reporting.formats.xlsx_writer import FormattedNumber, Sheet
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_shapes import Shape
from appeals.reporting.tables.sections import Reader
from tests.cast import ROADS, shanghai
from tests.factories import appeal_in
from tests.published import published, sent

MONTH = "2026-03"
MARCH = Period.month(MONTH)
DAYS_OF_MARCH = 31
MANY_ROWS = 40
AT = f"/public/reports/{MONTH}"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "http://x.example",
]


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act after an edition of March with a few appeals."""
    secret: bytes = app.extensions["appeals_secret"]
    act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), secret)
    for state in (State.CLOSED, State.IN_HAND, State.ANSWERED_ON_SPOT, State.CLOSED):
        appeal_in(act, state, 2)
    session.commit()
    later = act.at(shanghai("2026-04-08 00:00"))
    published(later, MARCH)
    session.commit()
    return later


def read_workbook(data: bytes) -> dict[str, list[list[str | float | None]]]:
    """Read the cells of a workbook by sheet, as XLSX says they are: strings or numbers."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = ET.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - our own file
        found = {}
        for n, sheet in enumerate(names.iter(f"{MAIN}sheet"), start=1):
            page = ET.fromstring(parts.read(f"xl/worksheets/sheet{n}.xml"))  # noqa: S314
            assert not list(page.iter(f"{MAIN}f")), "a formula"
            assert not list(page.iter(f"{MAIN}hyperlink")), "a link"
            assert page.find(f".//{MAIN}pane[@state='frozen']") is not None
            rows = page.iter(f"{MAIN}row")
            found[sheet.attrib["name"]] = [[cell_of(cell) for cell in row] for row in rows]
        return found


def of_figures(
    sheets: dict[str, list[list[str | float | None]]], header: str = "名称"
) -> list[str]:
    """Return the names of the sheets of all figures, which stand before those of the chapters."""
    return [name for name, rows in sheets.items() if rows[0][0] == header]


def cell_of(cell: ET.Element) -> str | float | None:
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    value = cell.find(f"{MAIN}v")
    assert cell.get("t", "n") == "n"
    return float(value.text or "") if value is not None else None


def read_pages(data: bytes) -> list[str]:
    """Read the text of each page of a PDF without its spaces."""
    return [re.sub(r"\s", "", p.get_textpage().get_text_range()) for p in PdfDocument(data)]


def join_texts(*texts: str) -> str:
    """Return texts as `read_pages` gives those that stand beside each other: without spaces."""
    return re.sub(r"\s", "", "".join(texts))


def test_every_form_has_the_same_figures(client: FlaskClient, act: Act) -> None:
    edition = editions.latest_edition(act, MARCH)
    assert edition is not None
    stored = monthly_drafts.load_figures(act, edition)
    document = json.loads(sent(client, act, f"{AT}.json").text)["figures"]
    cell_columns = report_document.FIGURE_COLUMNS[:5]
    assert {
        tuple(f[n] for n in cell_columns): (f["numerator"], f["denominator"]) for f in document
    } == stored
    lines = list(
        csv.reader(io.StringIO(sent(client, act, f"{AT}.csv").text.removeprefix("\ufeff")))
    )
    assert {tuple(row[:5]): (int(row[5]), int(row[6])) for row in lines[1:-3]} == stored
    assert [row[0] for row in lines[-3:]] == ["withheld", "digest", "public_digest"]
    sheets = read_workbook(sent(client, act, f"{AT}.xlsx").data)
    assert list(sheets)[:3] == ["说明", "全市", "承办单位"]
    rows = [row for name in of_figures(sheets) for row in sheets[name][1:]]
    assert sorted((row[1], row[8], row[6], row[7]) for row in rows) == sorted(
        (cell.key, cell.measure, *numbers) for cell, numbers in stored.items()
    )


def test_the_workbook_shows_typed_figures(client: FlaskClient, act: Act) -> None:
    sheets = read_workbook(sent(client, act, f"{AT}.xlsx").data)
    by_name = {(row[2], row[4]): row[5:8] for row in sheets["全市"][1:]}
    assert by_name["办结率", "全部"] == [0.75, 3, 4]
    assert by_name["提交量", "全部"] == [4, 4, 4]
    assert by_name["有效回访率", "全部"] == ["–", 0, 0]
    notes = {row[0]: row[1] for row in sheets["说明"]}
    assert notes["2026年3月报表"] == "市民诉求办理统计报告"
    assert notes["统计截止时间"] == "2026-04-08 00:00"
    assert "办结率 v1" in notes


def test_the_document_prints_every_chapter_with_contents_and_page_numbers(
    client: FlaskClient, act: Act
) -> None:
    edition = editions.latest_edition(act, MARCH)
    assert edition is not None
    text = read_pages(sent(client, act, f"{AT}.pdf").data)
    for said in ("2026年3月报表", "市民诉求办理统计报告", "目录", str(edition.digest)):
        assert said in text[0]
    for n, page in enumerate(text, start=1):
        assert page.endswith(f"第{n}页，共{len(text)}页")
    shown = list_chapters(read_public_report(act, edition, Reader(load_reference(act), "zh")))
    body, printed = "".join(text[1:]), 0
    for chapter, tables_of_chapter in shown:
        for title in (chapter.title.label("zh"), *(table.title for table in tables_of_chapter)):
            entry = re.search(rf"{re.escape(title)}\.+(\d+)", text[0])
            assert entry, title
            assert title in text[int(entry[1]) - 1]
        for table in tables_of_chapter:
            for row in table.rows:
                assert join_texts(row.title, *(cell.text for cell in row.cells)) in body
                printed += 1
    assert printed > MANY_ROWS


def test_the_document_ends_with_every_measure_of_the_whole_city_and_what_it_means(
    client: FlaskClient, act: Act
) -> None:
    body = "".join(read_pages(sent(client, act, f"{AT}.pdf").data))
    annex = body[body.rindex("附录：全市各项指标及口径") :]
    sheets = read_workbook(sent(client, act, f"{AT}.xlsx").data)
    shapes = {row[2]: MEASURES[str(row[8])].shape for row in sheets["全市"][1:]}
    for row in sheets["全市"][1:]:
        shape, met, of = shapes[row[2]], f"{row[6]:.0f}", f"{row[7]:.0f}"
        if shape is Shape.SHARE:
            assert f"{met}{of}" in annex
        assert f"{row[2]}" in annex
        assert of in annex
    assert "办结率" in annex
    assert "全部75.00%34" in annex
    for definition in MEASURES.values():
        if definition.label.label("zh") in {row[2] for row in sheets["全市"]}:
            assert join_texts(definition.meaning.label("zh")) in annex


@pytest.mark.parametrize("form", ["xlsx", "pdf", "csv"])
def test_a_file_is_kept_under_a_name_and_never_opened_by_the_browser(
    client: FlaskClient, act: Act, form: str
) -> None:
    assert act.session is not None
    headers = sent(client, act, f"/en{AT}.{form}").headers
    name = f"{MONTH}-edition-1.{form}"
    assert headers["Content-Disposition"] == f"attachment; filename={name}"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("form", ["xlsx", "pdf", "json", "csv"])
def test_what_was_not_published_has_no_file(client: FlaskClient, act: Act, form: str) -> None:
    del act
    for period in ("2026-02", "nonsense"):
        assert client.get(f"/public/reports/{period}.{form}").status_code == 404


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_string(client: FlaskClient, act: Act, name: str) -> None:
    rename_roads(act, name, name)
    sheet = read_workbook(sent(client, act, f"{AT}.xlsx").data)["承办单位"]
    assert name.replace("\r", "_x000D_") in {str(row[0]).replace("\r", "_x000D_") for row in sheet}


def rename_roads(act: Act, zh: str, en: str) -> None:
    """Publish another edition, in which the department is called so."""
    act.session.execute(sa.update(Department).where(Department.code == ROADS).values(zh=zh, en=en))
    mark_reference_changed(act.session, "renamed")
    published(act, MARCH, "the next edition keeps the name")


def darkness(data: bytes, before: str) -> float:
    """Return how much of the character after a text is inked in the PDF, from 0 to 1."""
    with closing(PdfDocument(data)) as document:
        for page in document:
            words = page.get_textpage()
            found = words.search(before).get_next()
            if found:
                left, bottom, right, top = words.get_charbox(found[0] + len(before))
                box = (left, bottom, page.get_width() - right, page.get_height() - top)
                drawn: bytes = page.render(scale=6, crop=box).to_pil().convert("L").tobytes()
                return sum(pixel < 128 for pixel in drawn) / len(drawn)
    raise AssertionError(before)


def test_rare_characters_of_a_name_are_printed_and_what_no_font_has_is_a_box_that_is_told(
    client: FlaskClient, act: Act
) -> None:
    cuneiform_and_a_joiner = "Roads 𒀀\u200d"
    rename_roads(act, "湛山办㙍𠮷局", cuneiform_and_a_joiner)
    data = sent(client, act, f"{AT}.pdf").data
    text = "".join(read_pages(data))
    assert "湛山办㙍𠮷局" in text
    assert "□" not in text
    assert [0.1 < darkness(data, before) < 0.9 for before in ("湛山办", "湛山办㙍")] == [True] * 2
    assert len(data) < 300_000  # the fonts only as far as they are used
    data = sent(client, act, f"/en{AT}.pdf").data
    text = "".join(read_pages(data))
    assert "Roads□" in text
    assert text.count("couldnotbeprintedandstandas□:1(U+12000)") == 1
    assert 0.05 < darkness(data, "Roads ") < 0.9


@pytest.mark.parametrize("name", HOSTILE[:-1])
def test_a_hostile_key_is_quoted_in_csv(name: str) -> None:
    cell = Cell.from_codes("department", name, "filed", "all", "filed")
    row = next(
        csv.reader(io.StringIO(report_document.as_csv({cell: Numbers(1, 1)}).splitlines()[-1]))
    )
    assert row[1] == f"'{name}" or name == "\r=1"


def test_a_long_list_goes_on_on_the_next_sheet() -> None:
    rows = (
        (n, f"case {n}", shanghai("2026-03-02 09:00"), FormattedNumber(n / 4, "0.00%"))
        for n in range(5)
    )
    out = io.BytesIO()
    xlsx_writer.write_workbook(out, [Sheet("名单[1]", ("n", "案件", "时间", "率"), rows)], most=2)
    sheets = read_workbook(out.getvalue())
    assert {name: len(found) for name, found in sheets.items()} == {
        "名单 1": 3,
        "名单 1 2": 3,
        "名单 1 3": 2,
    }
    day = (date(2026, 3, 2) - date(1899, 12, 30)).days
    assert sheets["名单 1 3"][1] == [4, "case 4", day + 9 / 24, 1]


def test_a_machine_without_the_font_says_which_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pdf, "FONT_FOLDERS", (tmp_path,))
    with pytest.raises(Refused, match="fonts-wqy-microhei"):
        pdf.find_fonts()


def test_the_document_shows_the_pictures_of_the_page(client: FlaskClient, act: Act) -> None:
    data = sent(client, act, f"{AT}.pdf").data
    text = read_pages(data)
    glance = next(n for n, page in enumerate(text) if "市民诉求办理统计报告一览" in page)
    for said in (
        "各区市办结率和提交量市南区66.67%3胶州湾",
        "从提交到满意提交4占提交量100.0%",
        "派单3占提交量75.0%",
    ):
        assert said in text[glance]
    with closing(PdfDocument(data)) as document:
        drawn = [each.type for each in document[glance].get_objects()]
    assert drawn.count(PATH) > DAYS_OF_MARCH  # a box for each day, and the other pictures


def test_a_long_name_stays_on_the_sheet(client: FlaskClient, act: Act) -> None:
    long = f"市{'a1b2c3' * 30}局"
    rename_roads(act, long, long)
    with closing(PdfDocument(sent(client, act, f"{AT}.pdf").data)) as document:
        assert any("a1b2c3" in page.get_textpage().get_text_range() for page in document)
        for page in document:
            words = page.get_textpage()
            rights = [words.get_charbox(n)[2] for n in range(words.count_chars())]
            assert max(rights, default=0) <= page.get_width()
