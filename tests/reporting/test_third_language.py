"""A report in a third language: no text of the program is left in Chinese or English."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import IO

import pytest

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.states import State
from appeals.domain.vocabulary import Kind
from appeals.models.report import Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.chapters.chapters import list_chapters
from appeals.reporting.editions import editions
from appeals.reporting.editions.public_editions import read_public_report
from appeals.reporting.editions.report_document import cases_as_csv
from appeals.reporting.formats import edition_workbook, xlsx_writer
from appeals.reporting.formats.pdf_content import content_of
from appeals.reporting.tables.report_tables import Reading, read_report
from appeals.reporting.tables.sections import Reader
from tests.factories import appeal_in, later
from tests.made_up_language import KNOWN_LETTERS, made_up_language
from tests.published import published

MANY_TEXTS = 500
"""The fewest texts of a report that is worth the test."""
MARCH, APRIL = Period.month("2026-03"), Period.month("2026-04")
CODES = re.compile(r"sha256:\w+|\bv\d+\b|U\+\w+|\d{4}-\d\d(-\d\d)?T?\S*|\{pages?\}")
"""Codes in texts: digests, versions, characters, moments, placeholders of the page numbers."""

__all__ = ["made_up_language"]


@pytest.fixture
def april(act: Act) -> Report:
    """Publish March and April, so that April has changes, ranks and findings."""
    for days in range(40):
        kind = [*Kind][days % 7]
        appeal_in(later(act, 24 * days), [*State][days % len(State)], 5, kind=kind)
    published(act.at(MARCH.end), MARCH)
    published(act.at(APRIL.end), APRIL)
    edition = editions.latest_edition(act, APRIL)
    assert edition is not None
    return edition


def names_of_data(act: Act, report: Report) -> set[str]:
    """Return the texts that come from the city's rows and people, not from the program."""
    city = load_reference(act)
    rows = (*city.departments.values(), *city.areas.values(), *city.categories.values())
    people = (report.reviewer_name or "", report.publisher_name or "", report.calendar_version)
    return {text for row in rows for text in (row.label("zh"), row.label("en"))} | {*people}


def collect_texts(value: object) -> Iterator[str]:
    """Yield every text in a nested value, of mappings the values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name not in {"svg", "language"}:
                yield from collect_texts(each)
    elif isinstance(value, Iterable):
        for each in value:
            yield from collect_texts(each)


def list_untranslated(texts: Iterable[str], data: set[str]) -> set[str]:
    """Return the texts with a letter of Chinese or English that comes from no data."""
    found = set()
    for text in texts:
        left = CODES.sub("", text)
        for name in sorted(data, key=len, reverse=True):
            left = left.replace(name, "")
        if KNOWN_LETTERS.search(left):
            found.add(text)
    return found


def texts_of_tables(reading: Reading) -> Iterator[str]:
    for chapter, tables in list_chapters(reading):
        yield reading.text(chapter.title)
        for table in tables:
            yield from (table.title, table.note, *table.header)
            for row in table.rows:
                yield row.title
                for cell in row.cells:
                    yield from (cell.text, cell.format)


@pytest.mark.parametrize("read", [read_report, read_public_report])
def test_the_chapters_have_no_text_of_another_language(
    act: Act, april: Report, made_up_language: str, read: Callable[[Act, Report, Reader], Reading]
) -> None:
    reading = read(act, april, Reader(load_reference(act), made_up_language))
    texts = [*texts_of_tables(reading)]
    assert len(texts) > MANY_TEXTS
    assert list_untranslated(texts, names_of_data(act, april)) == set()


def test_the_document_has_no_text_of_another_language(
    act: Act, april: Report, made_up_language: str
) -> None:
    reading = read_public_report(act, april, Reader(load_reference(act), made_up_language))
    content = content_of(replace(reading, is_training=True))
    assert content["training"]
    assert list_untranslated(collect_texts(content), names_of_data(act, april)) == set()


def test_the_sheets_have_no_text_of_another_language(
    act: Act, april: Report, made_up_language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = list[xlsx_writer.Sheet]()

    def keep(to: IO[bytes], of: Iterable[xlsx_writer.Sheet]) -> None:
        del to
        sheets.extend(of)

    monkeypatch.setattr(xlsx_writer, "write_workbook", keep)
    reading = read_public_report(act, april, Reader(load_reference(act), made_up_language))
    edition_workbook.write_xlsx(BytesIO(), reading)
    texts = [
        text
        for sheet in sheets
        for text in collect_texts([sheet.name, sheet.header, sheet.rows])
        if not re.fullmatch(r"[a-z0-9_.]+", text)  # codes of keys and measures
    ]
    assert len(texts) > MANY_TEXTS
    assert list_untranslated(texts, names_of_data(act, april)) == set()


def test_the_header_of_a_list_of_cases_has_no_text_of_another_language(
    act: Act, made_up_language: str
) -> None:
    header = next(iter(cases_as_csv((), Reader(load_reference(act), made_up_language))))
    assert not KNOWN_LETTERS.search(header)
