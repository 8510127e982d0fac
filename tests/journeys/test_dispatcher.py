"""A dispatcher at her tray: one key, taken back by one press, and several appeals at once."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from appeals.domain.people import Role
from tests.journeys.conftest import Room
from tests.journeys.prepared import PreparedAppeal
from tests.journeys.test_operator import ClickCount, look_at_both_widths
from tools.gallery.browser import DESKTOP

WHERE = {"category": "transport.road", "district": "370202", "street": "370202001"}
MATTERS = ("路面塌陷，有半米深的坑", "人行道地砖松动，下雨溅水", "井盖破损，夜里看不见")


def waiting_appeals(room: Room) -> list[str]:
    """Prepare three appeals that wait on top of the tray; return their numbers."""
    with room.city.act() as act:
        earlier = act.at(act.now - timedelta(days=30))
        return [
            PreparedAppeal(earlier, facts={**WHERE, "subject": matter}).accepted().number
            for matter in MATTERS
        ]


def line(page: Page, number: str) -> Locator:
    return page.locator(f"article[data-number='{number}']")


@pytest.mark.parametrize("room", [("zh", True), ("en", True)], indirect=True)
def test_a_dispatch_takes_one_key_and_its_undo_one_click(room: Room) -> None:
    first, second, third = waiting_appeals(room)
    desk = room.employed("Lin", Role.DISPATCHER)
    page, clicks = desk.page, ClickCount(desk.page)
    page.set_viewport_size(DESKTOP)
    page.goto("/centre/")
    look_at_both_widths(desk, "tray")
    key = line(page, first).locator("button[data-key]").get_attribute("data-key")
    assert key is not None
    page.locator("#queue").focus()
    with clicks.leading_on():
        page.keyboard.press(key)
    banner = page.locator(".govuk-notification-banner")
    expect(banner).to_contain_text(first)
    expect(banner.locator("a[href^='#case-']")).to_be_visible()
    look_at_both_widths(desk, "tray-dispatched")
    with clicks.leading_on():
        clicks.press(".take-back button")
    expect(line(page, first)).to_be_visible()
    assert clicks.count == 1
    for number in (second, third):
        clicks.press(line(page, number).locator(".queue__choose label"))
    with clicks.leading_on():
        clicks.press("#several button")
    assert clicks.count == 4
    for number in (second, third):
        expect(page.locator("main table")).to_contain_text(number)
    look_at_both_widths(desk, "tray-several")
