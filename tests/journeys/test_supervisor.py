"""A supervisor: from the units to a case that is red in few clicks; the header of staff."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from appeals.domain.people import DEPARTMENT, STAFF, Role
from tests.journeys.conftest import JourneyCity, Room
from tests.journeys.prepared import PreparedAppeal
from tests.journeys.test_operator import ClickCount, look_at_both_widths
from tools.gallery.browser import DESKTOP, LOCALES

UNIT = "370285-cg"
"""A department of the city that no other journey uses."""
ONE_LINE_PIXELS = 72
"""The header on a desk's screen, if nothing in it wraps."""
CACHED_SECONDS = 12
"""After this the live page counts anew."""


def red_case(room: Room) -> str:
    """Prepare a case whose department has not signed for it; return its number."""
    with room.city.act() as act:
        week = act.at(act.now - timedelta(days=7))
        return PreparedAppeal(week, UNIT).sent().number


@pytest.mark.parametrize("room", [("zh", True)], indirect=True, ids=["zh"])
def test_a_red_case_of_a_unit_is_three_clicks_away(room: Room) -> None:
    number = red_case(room)
    desk = room.employed("Wu", Role.SUPERVISOR)
    page, clicks = desk.page, ClickCount(desk.page)
    page.set_viewport_size(DESKTOP)
    red = f"main tbody a[href*='figure=red'][href*='department={UNIT}']"
    page.goto("/live/")
    if not page.locator(red).is_visible():  # somebody else has just looked
        page.wait_for_timeout(CACHED_SECONDS * 1000)
    page.goto("/centre/")
    with clicks.leading_on():
        clicks.press("nav a[href='/live/']")
    look_at_both_widths(desk, "supervisor-units")
    expect(page.locator(red)).to_be_visible()
    with clicks.leading_on():
        clicks.press(red)
    with clicks.leading_on():
        clicks.press(page.get_by_role("link", name=number))
    expect(page.locator("[data-appeal-number]")).to_have_text(number)
    assert clicks.count == 3


@pytest.mark.parametrize("language", LOCALES)
def test_the_header_of_staff_is_one_line_on_a_desks_screen(
    browser: Browser, city: JourneyCity, language: str
) -> None:
    heights: dict[str, float] = {}
    for role in sorted(STAFF):
        name = f"header-{language}-{role.value}"
        department = "370202-cg" if role in DEPARTMENT else None
        context = browser.new_context(
            viewport=DESKTOP, locale=LOCALES[language], base_url=city.address
        )
        page = context.new_page()
        page.goto("/sign-in")
        page.fill("[name=username]", name)
        page.fill("[name=password]", city.staff(name, role.value, department))
        page.locator("main form button").first.click()
        page.locator("[name=new]").wait_for()
        box = page.locator(".site-header__row").bounding_box()
        assert box is not None
        heights[role.value] = box["height"]
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px wider than the screen"
        context.close()
    assert {role: height for role, height in heights.items() if height > ONE_LINE_PIXELS} == {}
