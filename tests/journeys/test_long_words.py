"""Words without a break make no page wider than the screen or the sheet, in a real browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from appeals.domain.people import Role
from tests.journeys.conftest import JourneyCity, JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal, open_department
from tools.gallery.browser import DESKTOP, PHONE

LONG = "https://example.org/" + "a1b2c3d4e5" * 28
"""An address that somebody pasted: 300 characters without a break."""
SHEET = 718
"""Pixels of an A4 sheet between its margins."""
ADDRESS = f"maps{'x' * 190}"


@dataclass
class LongWords:
    """Whose browsers show the long words, and at which addresses."""

    citizen: JourneyDesk
    staff: list[tuple[JourneyDesk, str]]
    number: str


@pytest.fixture(scope="module")
def long_words(
    browser: Browser, city: JourneyCity, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LongWords]:
    """File an appeal of long words, and let a department with a long name work on it."""
    room = Room(browser, city, Path(tmp_path_factory.mktemp("long")), "zh", scripts=True)
    code = "long-words"
    with city.act() as act:
        open_department(act.at(act.now - timedelta(days=7)), code, "局" + "a" * 150, "B" * 150)
    facts = {
        "subject": LONG[:100],
        "detail": f"{LONG}\n{LONG}",
        "address": ADDRESS,
        "contact_name": "W" * 150,
        "contact_phone": "13800138000",
        "contact_email": "",
    }
    with city.act() as act:
        life = PreparedAppeal(act.at(act.now - timedelta(hours=3)), code, facts).sent().in_hand()
        number = life.asked(LONG, LONG).sent_back(LONG, LONG).number
        PreparedAppeal(act.at(act.now - timedelta(hours=2)), code, facts)
    officer = room.employed("Long", Role.OFFICER, code)
    dispatcher = room.employed("Wide", Role.DISPATCHER)
    administrator = room.employed("Broad", Role.ADMINISTRATOR)
    citizen = room.desk()
    yield LongWords(
        citizen,
        [
            (officer, "/desk/"),
            (officer, f"/desk/appeals/{number}"),
            (dispatcher, "/centre/"),
            (dispatcher, "/centre/?queue=accept"),
            (dispatcher, f"/centre/appeals/{number}"),
            (administrator, "/admin/departments"),
            (administrator, f"/admin/departments/{code}"),
        ],
        number,
    )
    for desk in room.desks:
        desk.context.close()


def overflows(page: Page) -> dict[str, int]:
    """Return by how many pixels a page is too wide on a telephone, on a desk and on paper."""
    found = {}
    for name, width in {
        "sheet": SHEET,
        "telephone": PHONE["width"],
        "desk": DESKTOP["width"],
    }.items():
        page.set_viewport_size({"width": width, "height": DESKTOP["height"]})
        page.emulate_media(media="print" if name == "sheet" else "screen")
        found[name] = max(0, int(page.evaluate("document.documentElement.scrollWidth")) - width)
    return found


FITS = {"telephone": 0, "desk": 0, "sheet": 0}


def test_pages_of_staff_are_as_wide_as_the_screen(long_words: LongWords) -> None:
    found = {}
    for desk, address in long_words.staff:
        desk.page.goto(address)
        found[address] = overflows(desk.page)
    assert found == dict.fromkeys(found, FITS)


def begin(citizen: JourneyDesk, words: str) -> Page:
    """Begin an appeal with these words, and go on to the proposals."""
    citizen.page.goto("/appeals/new")
    citizen.page.fill("[name=detail]", words)
    citizen.go("about")
    return citizen.page


def test_the_filing_form_and_its_receipt_are_as_wide_as_the_screen(long_words: LongWords) -> None:
    citizen = long_words.citizen
    page = begin(citizen, f"噪音 {LONG}")
    page.locator("[name=category]").first.check()
    found = {"about": overflows(page)}
    page.locator("summary").last.click()
    page.fill("[name=subject]", LONG[:100])
    page.select_option("[name=district]", index=1)
    page.fill("[name=address]", ADDRESS)
    citizen.go("who")
    page.fill("[name=contact_name]", "W" * 150)
    citizen.go("check")
    found["check"] = overflows(page)
    page.wait_for_timeout(2500)  # a form that comes back sooner is given back once
    citizen.go("send")
    found["receipt"] = overflows(page)
    page.goto(f"/appeals/{page.locator('[data-appeal-number]').first.inner_text()}")
    found["appeal"] = overflows(page)
    assert found == dict.fromkeys(found, FITS)


def test_the_form_says_how_many_characters_are_left(long_words: LongWords) -> None:
    page = begin(long_words.citizen, "噪音")
    page.locator("summary").last.click()
    told = page.locator("[data-counts=subject]")
    expect(told).to_have_text("还可以输入98个字")
    page.fill("[name=subject]", "路灯👨‍👩‍👧坏了")
    expect(told).to_have_text("还可以输入95个字")
    page.fill("[name=subject]", "吵" * 112)
    expect(told).to_have_text("超出12个字，请删减")
