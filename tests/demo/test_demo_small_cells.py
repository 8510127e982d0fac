"""Small cells of the demo city (Rules 14): what all published forms say together, worked out.

Every form is read as a reader reads it; what is printed anywhere is known, and from totals the
rest is calculated exactly. The forms of a month and of a year are tried, for a month of the demo
city has few cells that are published, and a year has many.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.database import make_engine
from appeals.domain.calendar import Period, city_day
from appeals.domain.people import SYSTEM
from appeals.models.report import Figure, Report
from appeals.reference.reference_data import load_reference
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import small_cells
from appeals.reporting.editions.small_cells import MIN_OPINIONS, PublishedFigures
from appeals.reporting.measures.catalogue import MEASURES
from appeals.reporting.measures.cells import Cell, Numbers
from appeals.reporting.measures.measure_names import MeasureVariant
from appeals.reporting.measures.measure_shapes import WITHHELD, Opinions
from appeals.reporting.snapshot.breakdowns import CITY, Breakdown
from appeals.reporting.snapshot.count_window import CountWindow
from appeals.reporting.tables.sections import Reader
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.conftest import copy_of
from tests.published import published, sent
from tests.reporting.equations import list_equations, solve_unknowns
from tests.web.public.test_exports import read_workbook

pytestmark = pytest.mark.xdist_group("demo")
THIS_MONTH = city_day(datetime.now(UTC)).replace(day=1)
YEAR = Period.parse(f"{THIS_MONTH.replace(year=THIS_MONTH.year - 1)}..{THIS_MONTH}")
"""The twelve months before the month in which the demo city's cases are open."""
FIRSTS = [f"{2025 + (n + 10) // 12}-{(n + 10) % 12 + 1:02}-01" for n in range(13)]
SPANS = [Period.parse(f"{FIRSTS[n]}..{end}") for n in range(0, 12, 3) for end in FIRSTS[n + 1 :]]
"""From one to twelve months: some have one small cell in a table, which the rest gives away."""


@dataclass(frozen=True)
class DemoBrowser:
    """A demo city, and a browser of its website."""

    act: Act
    browser: FlaskClient


@pytest.fixture(scope="module")
def desk(demo_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoBrowser]:
    """Provide a demo city that has published its months, and a year."""
    with copy_of(demo_city, "cells", tmp_path_factory.mktemp("cells") / "data") as own:
        engine = make_engine(own.database_url)
        with Session(engine) as session:
            app = create_app(own, lambda: Session(engine, expire_on_commit=False))
            act = Act(session, SYSTEM, datetime.now(UTC), own.secret_key)
            published(act, YEAR)
            session.commit()
            yield DemoBrowser(act, app.test_client())
        engine.dispose()


@pytest.fixture(params=["a month", "a year"])
def edition(desk: DemoBrowser, request: pytest.FixtureRequest) -> Report:
    """Provide the published month with the most ratings, and the year."""
    rated = (
        sa.select(Report)
        .join(Figure, Figure.report_id == Report.id)
        .where(
            Report.edition.is_not(None),
            Report.start == YEAR.start if request.param == "a year" else Report.start > YEAR.start,
            Figure.by == CITY,
            Figure.measure == "satisfaction",
        )
        .order_by(Figure.denominator.desc(), Figure.variant)
        .limit(1)
    )
    found = desk.act.session.scalar(rated)
    assert found is not None
    return found


def address(edition: Report) -> str:
    return f"/public/reports/{Period(edition.start, edition.end).label}"


def read_json(desk: DemoBrowser, edition: Report) -> dict[Cell, Numbers]:
    text = sent(desk.browser, desk.act, f"{address(edition)}.json").text
    return {
        Cell.from_codes(*(each[name] for name in Cell._fields)): Numbers(
            each["numerator"], each["denominator"]
        )
        for each in json.loads(text)["figures"]
    }


def read_csv(desk: DemoBrowser, edition: Report) -> dict[Cell, Numbers]:
    text = sent(desk.browser, desk.act, f"{address(edition)}.csv").text.removeprefix("\ufeff")
    return {
        Cell.from_codes(*row[:5]): Numbers(int(row[5]), int(row[6]))
        for row in csv.reader(io.StringIO(text))
        if row[5].isdecimal()
    }


def read_workbook_cells(desk: DemoBrowser, edition: Report) -> dict[Cell, Numbers]:
    """Read the sheets of all figures."""
    found = dict[Cell, Numbers]()
    sheets = read_workbook(sent(desk.browser, desk.act, f"/en{address(edition)}.xlsx").data)
    variants = {variant.label("en"): variant.value for variant in MeasureVariant}
    for by in Breakdown:
        for row in sheets.get(by.label("en"), [])[1:]:
            key, variant, met, of, name = row[1], variants[str(row[4])], row[6], row[7], row[8]
            if isinstance(met, float) and isinstance(of, float):
                cell = Cell(by, str(key), MEASURES[str(name)].base, variant, str(name))
                found[cell] = Numbers(int(met), int(of))
    return found


def read_document(desk: DemoBrowser, edition: Report) -> dict[Cell, Numbers]:
    """Read the PDF's annex: under each rate of the whole city, its variants with two numbers."""
    data = sent(desk.browser, desk.act, f"/en{address(edition)}.pdf").data
    measures = {measure.label.label("en"): measure for measure in MEASURES.values()}
    variants = {variant.label("en"): variant.value for variant in MeasureVariant}
    found, measure = dict[Cell, Numbers](), None
    with closing(PdfDocument(data)) as document:
        text = [page.get_textpage().get_text_range() for page in document]
    for line in (line.strip() for page in text for line in page.splitlines()):
        measure = measures.get(line, measure)
        row = re.fullmatch(r"(.+?) [\d.]+% (\d+) (\d+)", line)
        if measure and row and row[1] in variants:
            cell = Cell(CITY, CITY, measure.base, variants[row[1]], measure.name)
            found[cell] = Numbers(int(row[2]), int(row[3]))
    return found


def read_pages(desk: DemoBrowser, edition: Report) -> dict[Cell, Numbers]:
    """Read the tables of the page, one for each breakdown and measure of opinions."""
    reader = Reader(load_reference(desk.act), "en").for_report(edition)
    stored = monthly_drafts.load_figures(desk.act, edition)
    keys = {(cell.by, reader.key(cell.by, cell.key)): cell.key for cell in stored}
    found = dict[Cell, Numbers]()
    row = re.compile(
        r'<th scope="row" class="govuk-table__header">([^<]*?)(?: · ([^<]*?))?\s*</th>\s*'
        r"<td[^>]*><strong>[^<]*</strong></td>\s*<td[^>]*>\s*(\d+)\s*/\s*(\d+)\s*</td>",
        re.DOTALL,
    )
    variants = {variant.label("en"): variant.value for variant in MeasureVariant}
    for by in {cell.by for cell in stored} - {CITY}:
        for measure in MEASURES.values():
            if by in measure.by and measure.opinions is not Opinions.NONE:
                asked = f"?by={by}&measure={measure.name}"
                shown = desk.browser.get(f"/en{address(edition)}{asked}").text
                for name, variant, met, of in row.findall(shown):
                    key = keys[by, html.unescape(name)]
                    cell = Cell(by, key, measure.base, variants.get(variant, "all"), measure.name)
                    found[cell] = Numbers(int(met), int(of))
    return found


FORMS = (read_json, read_csv, read_workbook_cells, read_document, read_pages)


def is_of_opinions(cell: Cell) -> bool:
    return MEASURES[cell.measure].opinions is not Opinions.NONE


def test_no_withheld_cell_can_be_worked_out_from_all_forms_together(
    desk: DemoBrowser, edition: Report
) -> None:
    stored = monthly_drafts.load_figures(desk.act, edition)
    printed = dict[Cell, Numbers]()
    for form in FORMS:
        read = form(desk, edition)
        assert read
        assert {cell: stored[cell] for cell in read} == read, form
        printed |= read
    below_city = {c: of for c, (_, of) in stored.items() if c[0] != CITY and is_of_opinions(c)}
    small = {
        c
        for c, of in below_city.items()
        if of < MIN_OPINIONS and MEASURES[c[4]].opinions is Opinions.CASES
    }
    assert small, "the edition has small cells"
    assert not small & printed.keys()
    withheld = {cell for cell in stored if cell not in printed}
    assert all(is_of_opinions(cell) for cell in withheld)
    # nothing is printed of a cell without cases that is withheld with the others
    public = _published(desk, edition)
    districts = {code: area.parent for code, area in load_reference(desk.act).areas.items()}
    known = solve_unknowns(list_equations(printed, public.withheld, districts))
    assert {cell for cell, _ in known} & withheld == set()
    document = json.loads(sent(desk.browser, desk.act, f"{address(edition)}.json").text)
    assert document["withheld"] == len(public.withheld) >= len(withheld)


def test_in_no_period_can_a_cell_be_worked_out_as_it_could_with_small_ones_alone_withheld(
    desk: DemoBrowser,
) -> None:
    """The same calculation finds cells where small keys are withheld and no others."""
    districts = {code: area.parent for code, area in load_reference(desk.act).areas.items()}
    found_before = set[Cell]()
    for period in SPANS:
        stored = monthly_drafts.count_cells(desk.act, CountWindow(period, desk.act.now))
        stored = {cell: numbers for cell, numbers in stored.items() if is_asked(cell)}
        public = small_cells.withhold_small_cells(stored, districts)
        hidden = {cell for cell in public.withheld if stored.get(cell, (0, 0))[1]}
        known = solve_unknowns(list_equations(public.figures, public.withheld, districts))
        assert {cell for cell, _ in known} & hidden == set()
        small = {
            cell[:2]
            for cell, numbers in stored.items()
            if cell.by != CITY
            and MEASURES[cell.measure].opinions is Opinions.CASES
            and small_cells.is_small(numbers)
        }
        alone = {cell for cell in stored if cell[:2] in small and is_of_opinions(cell)}
        rest = {cell: numbers for cell, numbers in stored.items() if cell not in alone}
        found_before |= {cell for cell, _ in solve_unknowns(list_equations(rest, alone, districts))}
    assert found_before


def is_asked(cell: Cell) -> bool:
    """Return whether the calculation needs a cell: an opinion, or the count that bounds it."""
    return is_of_opinions(cell) or cell.measure == "closed"


def _published(desk: DemoBrowser, edition: Report) -> PublishedFigures:
    districts = {code: area.parent for code, area in load_reference(desk.act).areas.items()}
    return small_cells.withhold_small_cells(
        monthly_drafts.load_figures(desk.act, edition), districts
    )


def test_a_year_has_cells_below_the_city_that_are_published(desk: DemoBrowser) -> None:
    year = desk.act.session.scalars(sa.select(Report).where(Report.end == YEAR.end)).all()
    found = read_json(desk, next(each for each in year if each.start == YEAR.start))
    by = {cell.by for cell in found if cell.measure == "satisfaction"}
    assert by >= {CITY, "district", "kind", "channel"}


def test_the_chapters_show_no_withheld_figure(desk: DemoBrowser, edition: Report) -> None:
    public, reader = (
        _published(desk, edition),
        Reader(load_reference(desk.act), "en").for_report(edition),
    )
    hidden = {
        (
            reader.dimension(cell.by),
            reader.key(cell.by, cell.key),
            MEASURES[cell.measure].label.label("en"),
        )
        for cell in public.withheld
        if cell.variant == "all"
    }
    sheets = read_workbook(sent(desk.browser, desk.act, f"/en{address(edition)}.xlsx").data)
    shown = [
        (name, row[0], column, value)
        for name, (header, *rows) in sheets.items()
        if name[0].isdecimal()
        for row in rows
        for column, value in zip(header[1:], row[1:], strict=False)
        if (header[0], row[0], column) in hidden
    ]
    assert shown
    assert {value for *_, value in shown} == {WITHHELD}
