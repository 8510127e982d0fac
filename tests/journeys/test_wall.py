"""The wall on a screen of 1920 × 1080: opened by a pass, read from five metres, on all day."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from appeals.domain.people import Role
from tests.journeys.conftest import JourneyCity, JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal
from tools.gallery.browser import LOCALES, WALL

DEPARTMENT = "370283-cg"
"""A department of the city that no other journey uses."""
A_MINUTE, A_RETRY = 60_000, 15_000
SMALLEST_TEXT_PIXELS = 28
"""The smallest text, read from five metres: 18 mm high on a screen of 55 inches."""
SMALLEST_TEXT = """() => {
  const sizes = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const on = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !on.checkVisibility()) continue;
    if (on.closest("title, desc, script, noscript, .wall__hidden")) continue;
    const chart = on.closest("svg");
    const scale = chart ? chart.getScreenCTM().a : 1;
    const size = scale * parseFloat(getComputedStyle(on).fontSize);
    sizes.push([Math.round(10 * size) / 10, on.outerHTML]);
  }
  return sizes.sort((one, other) => one[0] - other[0])[0];
}"""
CUT_PARTS = """() => [...document.querySelectorAll("section")]
  .filter((part) => part.scrollHeight > part.clientHeight || part.scrollWidth > part.clientWidth)
  .map((part) => part.className)"""


@contextmanager
def screen_of(
    browser: Browser, city: JourneyCity, language: str, *, scripts: bool
) -> Iterator[Page]:
    """Open a screen of 1920 × 1080 with cookies of its own."""
    context = browser.new_context(
        viewport=WALL,
        locale=LOCALES[language],
        base_url=city.address,
        java_script_enabled=scripts,
    )
    yield context.new_page()
    context.close()


def make_pass(desk: JourneyDesk, name: str) -> str:
    """Make a pass as a supervisor does; return the address that the page shows."""
    desk.page.goto("/centre/wall")
    with desk.page.expect_navigation():
        desk.page.locator("a[href='/wall/passes']").click()
    desk.picture("wall-passes")
    desk.page.fill("[name=name]", name)
    desk.submit("form[action='/wall/passes']")
    desk.picture("wall-pass")
    found = re.search(r"http\S+/wall\?pass=[-\w]+", desk.page.locator("main").inner_text())
    assert found
    return found[0]


def end_passes(desk: JourneyDesk) -> None:
    """End every pass that is in force."""
    desk.page.goto("/wall/passes")
    while desk.page.locator("main td form button").count():
        with desk.page.expect_navigation():
            desk.page.locator("main td form button").first.click()


@pytest.mark.parametrize("room", [("zh", True), ("en", True)], indirect=True, ids=["zh", "en"])
def test_a_screen_shows_the_wall_all_day_until_its_pass_ends(room: Room, pictures: Path) -> None:
    with room.city.act() as act:
        number = PreparedAppeal(act.at(act.now - timedelta(days=200)), DEPARTMENT).sent().number
    supervisor = room.employed("Wu", Role.SUPERVISOR)
    address = make_pass(supervisor, room.name)
    with screen_of(room.browser, room.city, room.language, scripts=True) as screen:
        screen.clock.install()
        screen.goto(address)
        screen.screenshot(path=pictures / f"wall-{room.language}.png")
        assert number in screen.locator("#wall").inner_text()
        assert_readable_on_one_screen(screen)
        assert screen.get_by_role("link").count() == 0
        clock = screen.locator("[data-clock]")
        screen.clock.run_for(2000)
        expect(clock).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
        before = clock.inner_text()
        screen.clock.run_for(1000)
        assert clock.inner_text() > before or before.startswith("23:59")

        screen.context.set_offline(True)
        screen.clock.fast_forward(A_MINUTE)
        lost = screen.locator("[data-lost]")
        expect(lost).to_be_visible()
        assert number in screen.locator("#wall").inner_text()
        screen.screenshot(path=pictures / f"wall-lost-{room.language}.png")
        assert_readable_on_one_screen(screen)
        screen.context.set_offline(False)
        screen.clock.fast_forward(A_RETRY)
        expect(lost).to_be_hidden()

        end_passes(supervisor)
        screen.clock.fast_forward(A_MINUTE)
        expect(screen.locator("#code")).to_be_visible()
        assert number not in screen.locator("body").inner_text()
        assert room.name in screen.locator("h1 + p").inner_text()
        screen.screenshot(path=pictures / f"wall-ended-{room.language}.png")
        assert Axe().run(screen).violations_count == 0


def assert_readable_on_one_screen(screen: Page) -> None:
    """Check that nothing needs scrolling or is cut, that texts are large, and accessibility."""
    size, text = screen.evaluate(SMALLEST_TEXT)
    assert size >= SMALLEST_TEXT_PIXELS, text
    fits = "document.documentElement.{0} <= window.{1}"
    assert screen.evaluate(fits.format("scrollHeight", "innerHeight"))
    assert screen.evaluate(fits.format("scrollWidth", "innerWidth"))
    assert screen.evaluate(CUT_PARTS) == []
    found = Axe().run(screen)
    assert found.violations_count == 0, found.generate_report()


def test_without_scripts_the_pass_is_typed_and_the_screen_loads_itself_anew(
    browser: Browser, city: JourneyCity, pictures: Path
) -> None:
    room = Room(browser, city, pictures, "zh", scripts=False)
    code = make_pass(room.employed("Wu", Role.SUPERVISOR), room.name).partition("pass=")[2]
    with screen_of(browser, city, "zh", scripts=False) as screen:
        screen.goto("/wall")
        screen.fill("#code", code.lower())
        with screen.expect_navigation():
            screen.locator("button").click()
        assert re.fullmatch(r"\d\d:\d\d", screen.locator("[data-clock]").inner_text())
        reload = screen.locator("noscript meta[http-equiv=refresh]")
        assert reload.get_attribute("content") == "60; url=/wall?anew=1"
        assert "截至" in screen.locator(".wall__time").inner_text()
    for desk in room.desks:
        desk.context.close()
