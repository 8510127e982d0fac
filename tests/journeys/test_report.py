"""An administrator's report: compiled, read, published, opened, corrected; in both languages."""

import csv
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pypdfium2 import PdfDocument

from appeals.reporting.editions.report_document import FIGURE_COLUMNS, digest_of
from tests.journeys import closed_months
from tests.journeys.conftest import JourneyCity, JourneyDesk
from tests.published import PUBLIC
from tests.web.public.test_exports import of_figures, read_pages, read_workbook

MONTHS = {"zh": ("2023-02", "2023-03"), "en": ("2023-05", "2023-06")}
CUT_OFFS = {"zh": ("2023-04-01T00:00", "2023-05-10T00:00"),
            "en": ("2023-07-01T00:00", "2023-08-10T00:00")}  # fmt: skip
WORDS = {
    "zh": ("退单数已与平台核对。", "四件办结后补登，现予更正。"),
    "en": ("Returns were checked against the platform.", "Four closings were entered late."),
}
APPEALS = 180
SECONDS_FOR_FILES = 180
WAIT_FOR_COUNT = 60_000
"""How many milliseconds the worker may take to count a month; the page then shows it by itself."""
BEING_MADE = 503
GROUPS_CHAPTER = "nav.chapters a[href*='chapter=groups']"
LEADS = "#score_municipal ~ .wide a[href*='/unit?']"


@dataclass
class ReportJourney:
    """One month of the city, an administrator who reports it, and a citizen who reads that."""

    month: str
    administrator: JourneyDesk
    citizen: JourneyDesk

    @property
    def page(self) -> Page:
        """Return the administrator's page."""
        return self.administrator.page

    def look(self, name: str, desk: JourneyDesk | None = None) -> None:
        """Take a screenshot, and check accessibility."""
        desk = desk or self.administrator
        desk.picture(f"report-{name}")
        found = Axe().run(desk.page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.fixture(params=["zh", "en"])
def journey(
    request: pytest.FixtureRequest, browser: Browser, city: JourneyCity, pictures: Path
) -> Iterator[ReportJourney]:
    language: str = request.param
    closed_months.write_closed_months(city.environment, MONTHS[language], APPEALS)
    desks = [JourneyDesk(browser, city, language, pictures) for _ in range(2)]
    name = f"reporter-{language}"
    desks[0].sign_in(name, city.staff(name, "administrator"))
    yield ReportJourney(MONTHS[language][1], *desks)
    for desk in desks:
        desk.context.close()


def test_a_month_is_reported_and_corrected(journey: ReportJourney, tmp_path: Path) -> None:
    first, second = CUT_OFFS[journey.administrator.language]
    compiles(journey, first)
    comments(journey)
    publishes(journey)
    drills_from_a_rank_to_a_case(journey)
    reads_in_public(journey)
    exports(journey, tmp_path)
    compiles(journey, second)
    corrects(journey)
    prints(journey)


def compiles(journey: ReportJourney, cut_off: str) -> None:
    """Open the month from the administrators' page and have it counted."""
    page = journey.page
    page.goto("/admin/")
    page.locator("main a[href='/admin/reports/']").first.click()
    page.fill("[name=period]", journey.month)
    journey.administrator.submit()
    form = page.locator("form[action$='/compile']")
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    page.fill("[name=cut_off]", cut_off)
    journey.administrator.submit("form[action$='/compile']")
    expect(page.locator("form[action$='/review']")).to_be_visible(timeout=WAIT_FOR_COUNT)
    journey.look(f"draft-{cut_off[:7]}")


def comments(journey: ReportJourney) -> None:
    """Say something of the draft; first nothing, which is refused."""
    page, words = journey.page, WORDS[journey.administrator.language][0]
    journey.administrator.submit("form[action$='/comment']")
    expect(page.locator("#words-error")).to_be_visible()
    page.fill("[name=words]", words)
    journey.administrator.submit("form[action$='/comment']")
    expect(page.locator(".comment")).to_contain_text(words)


def publishes(journey: ReportJourney) -> None:
    """Review the draft, read the warning, publish."""
    page = journey.page
    journey.administrator.submit("form[action$='/review']")
    journey.look("reviewed")
    page.locator("a[href$='/publish']").click()
    journey.look("publish")
    journey.administrator.submit("form[action$='/publish']")
    expect(page.locator(f"a[href$='/public/reports/{journey.month}?edition=1']")).to_be_visible()


def drills_from_a_rank_to_a_case(journey: ReportJourney) -> None:
    """Follow a rank to what it rests on, and that to one appeal's whole life."""
    page = journey.page
    page.locator(GROUPS_CHAPTER).click()
    journey.look("chapter")
    page.locator(LEADS).first.click()
    journey.look("unit")
    met = page.locator("main td a[href*='part=missed']").first
    n = int((met.inner_text()).split()[0])
    met.click()
    rows = page.locator("table.rows tbody tr")
    expect(rows).to_have_count(n)
    journey.look("cases")
    number = rows.first.locator("a").inner_text()
    rows.first.locator("a").click()
    expect(page.locator("main")).to_contain_text(number)
    journey.look("case")


def reads_in_public(journey: ReportJourney) -> None:
    """Find the month among the published ones, as anybody may."""
    page = journey.citizen.page
    page.goto(f"{PUBLIC[journey.citizen.language]}/")
    page.locator(f"main li a[href$='/public/reports/{journey.month}']").click()
    journey.look("public", journey.citizen)
    expect(page.locator(".headlines .figure")).to_have_count(4)


def exports(journey: ReportJourney, folder: Path) -> None:
    """Take all four forms from the public page and find the same figures in each."""
    page, taken = journey.citizen.page, {}
    for form in ("xlsx", "pdf", "csv"):
        link = page.locator(f"main a[href*='{journey.month}.{form}']").first
        wait_for_file(journey.citizen, str(link.get_attribute("href")))
        with page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename == f"{journey.month}-edition-1.{form}"
        download.value.save_as(folder / form)
        taken[form] = (folder / form).read_bytes()
    address = page.locator(f"main a[href*='{journey.month}.json']").first.get_attribute("href")
    document = json.loads(journey.citizen.context.request.get(str(address)).text())
    public = {name: each for name, each in document.items() if name != "digest"}
    assert document["public_digest"] == digest_of(public)
    figures = sorted(
        tuple(str(each[name]) for name in FIGURE_COLUMNS) for each in document["figures"]
    )
    lines = list(csv.reader(io.StringIO(taken["csv"].decode("utf-8-sig"))))
    assert sorted(tuple(row) for row in lines[1:] if row[5].isdecimal()) == figures
    typed(taken["xlsx"], figures, "名称" if journey.citizen.language == "zh" else "Name")
    printed(journey, taken["pdf"], document["figures"])


def wait_for_file(reader: JourneyDesk, address: str) -> None:
    """Ask for an edition's file until the worker has made it, as the answer says to do."""
    last = time.monotonic() + SECONDS_FOR_FILES
    while reader.context.request.get(address).status == BEING_MADE:
        assert time.monotonic() < last, f"{address} is not made"
        time.sleep(1)


def typed(workbook: bytes, figures: list[tuple[str, ...]], name: str) -> None:
    """See numbers as numbers in the workbook: each figure once, its two whole numbers."""
    sheets = read_workbook(workbook)
    rows = [row for each in of_figures(sheets, name) for row in sheets[each][1:]]
    assert all(isinstance(cell, float) for row in rows for cell in row[6:8])
    found = sorted((row[1], row[8], f"{row[6]:.0f}", f"{row[7]:.0f}") for row in rows)
    assert found == sorted((each[1], *each[4:]) for each in figures)


def printed(journey: ReportJourney, document: bytes, figures: list[dict[str, object]]) -> None:
    """See the rates of the whole city in the printed document; keep pictures of its first pages."""
    text = "".join(read_pages(document))
    rates = [each for each in figures if each["by"] == "city" and each["measure"] == "completion"]
    assert len(rates) == 2
    for each in rates:
        met, of = int(str(each["numerator"])), int(str(each["denominator"]))
        assert f"{met / of:.2%}{met}{of}" in text
    keep_pictures(journey, PdfDocument(document), "pdf")


def corrects(journey: ReportJourney) -> None:
    """Publish the month again: not without a reason, and with the list of what changed."""
    page, reason = journey.page, WORDS[journey.administrator.language][1]
    journey.administrator.submit("form[action$='/review']")
    page.locator("a[href$='/publish']").click()
    journey.administrator.submit("form[action$='/publish']")
    expect(page.locator("#reason-error")).to_be_visible()
    journey.look("correction-refused")
    page.fill("[name=reason]", reason)
    journey.administrator.submit("form[action$='/publish']")
    expect(page.locator("main")).to_contain_text(reason)
    page.locator("details", has=page.locator("a[href*='/difference?']")).locator("summary").click()
    journey.look("edition-2")
    asked = "by=city&key=city&base=filed&variant=all&measure=completion"
    page.locator(f"a[href*='/difference?'][href*='{asked}'][href*='against=1']").first.click()
    journey.look("difference")


def prints(journey: ReportJourney) -> None:
    """Read the second edition in public, the first beside it, and print page and summary."""
    page, reason = journey.citizen.page, WORDS[journey.citizen.language][1]
    address = f"{PUBLIC[journey.citizen.language]}/reports/{journey.month}"
    page.goto(address)
    expect(page.locator("main")).to_contain_text(reason)
    page.locator("main details summary").click()
    journey.look("public-2", journey.citizen)
    keep_pictures(journey, PdfDocument(page.pdf(format="A4", print_background=True)), "print")
    expect(page.locator(f"main a[href='{address}?edition=1']")).to_be_visible()
    page.goto(f"{address}/summary")
    journey.look("summary", journey.citizen)
    sheet = PdfDocument(page.pdf(prefer_css_page_size=True))
    assert len(sheet) == 1
    keep_pictures(journey, sheet, "summary-print")


def keep_pictures(journey: ReportJourney, document: PdfDocument, name: str) -> None:
    """Save pictures of a document's first pages."""
    desk = journey.citizen
    for n in range(min(6, len(document))):
        picture = document[n].render(scale=1.2).to_pil()
        picture.save(desk.pictures / f"report-{name}-{n + 1}-{desk.language}.png")
    document.close()
