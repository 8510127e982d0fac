"""An operator with a headset: a new call, a consultation, a running case, and follow-up calls.

The clicks of each are counted in Chinese on a desk's screen; typing and keys cost nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from appeals.domain.people import Role
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal, open_department
from tools.gallery.browser import DESKTOP, PHONE

PHONES = {"zh": "13905321001", "en": "13905321002"}
DEPARTMENT = "370202-cg"
FACTS = {"category": "transport.road", "district": "370202", "street": "370202001"}
IN_CHINESE = pytest.mark.parametrize("room", [("zh", True)], indirect=True, ids=["zh"])
IN_BOTH = pytest.mark.parametrize("room", [("zh", True), ("en", True)], indirect=True)


@dataclass
class ClickCount:
    """How often the operator pressed something."""

    page: Page
    count: int = 0

    def press(self, what: str | Locator) -> None:
        """Press a button, a box or a radio button."""
        self.count += 1
        (self.page.locator(what).first if isinstance(what, str) else what).click()

    def choose(self, what: str, value: str) -> None:
        """Choose from a list."""
        self.count += 1
        self.page.select_option(what, value)

    @contextmanager
    def leading_on(self) -> Iterator[None]:
        """Wait for the page that a press leads to."""
        with self.page.expect_navigation():
            yield


def desk_at(room: Room) -> JourneyDesk:
    """Open the operator's browser on a desk's screen."""
    desk = room.employed("He", Role.OPERATOR)
    desk.page.set_viewport_size(DESKTOP)
    return desk


def look_at_both_widths(desk: JourneyDesk, name: str) -> None:
    """Take a screenshot on a desk's screen, and one on a telephone's."""
    desk.page.set_viewport_size(PHONE)
    desk.look(f"{name}-phone")
    desk.page.set_viewport_size(DESKTOP)
    desk.look(name)


def radio(page: Page, name: str, value: str) -> Locator:
    return page.locator(f".govuk-radios__item:has([name={name}][value='{value}']) label")


def running_case(room: Room) -> str:
    """Prepare a case of the caller's that a department has in hand; return its number."""
    code = f"roads{room.name}"
    with room.city.act() as act:
        open_department(act, code, f"{room.name}道路养护中心", f"{room.name} roads")
        facts = {
            **FACTS,
            "subject": "路面有坑",
            "contact_phone": PHONES[room.language],
            "contact_name": "王芳",
            "contact_email": "",
        }
        earlier = act.at(act.now - timedelta(hours=3))
        return PreparedAppeal(earlier, code, facts).sent().in_hand().number


@IN_BOTH
def test_a_call_about_a_new_matter_takes_at_most_six_clicks(room: Room) -> None:
    before = running_case(room)
    desk = desk_at(room)
    clicks = ClickCount(desk.page)
    desk.page.goto(f"/centre/new?caller={PHONES[room.language]}")
    expect(desk.page.locator("#earlier-list")).to_contain_text(before)
    expect(desk.page.locator("[name=contact_name]")).to_have_value("王芳")
    look_at_both_widths(desk, "operator-caller")
    desk.page.fill("[name=subject]", "路灯不亮")
    desk.page.fill("[name=detail]", "小区门口的路灯一周不亮。")
    clicks.press(radio(desk.page, "kind", "help"))
    desk.page.fill("[name=find]", "路灯" if room.language == "zh" else "street lamp")
    expect(desk.page.locator("[name=category]")).not_to_have_value("")
    clicks.choose("[name=street]", FACTS["street"])
    expect(desk.page.locator("[name=district]")).to_have_value(FACTS["district"])
    desk.look("operator-new")
    with clicks.leading_on():
        clicks.press("form.intake button[type=submit]")
    expect(desk.page.locator("[data-query-code]")).to_be_visible()
    assert clicks.count <= 6


@IN_CHINESE
def test_a_consultation_answered_on_the_spot_takes_at_most_four_clicks(room: Room) -> None:
    desk = desk_at(room)
    clicks = ClickCount(desk.page)
    desk.page.goto("/centre/new?caller=13905321009")
    desk.page.fill("[name=subject]", "夜间施工时间")
    desk.page.fill("[name=detail]", "夜间几点以后不能施工？")
    clicks.press(radio(desk.page, "kind", "consultation"))
    desk.page.fill("[name=find]", "噪音")
    expect(desk.page.locator("[name=category]")).not_to_have_value("")
    desk.page.fill("[name=reply]", "二十二时至次日六时不得施工。")
    desk.look("operator-on-spot")
    with clicks.leading_on():
        clicks.press("button[name=answer]")
    expect(desk.page.locator("[data-query-code]")).to_be_visible()
    desk.look("operator-on-spot-done")
    assert clicks.count <= 4


@IN_BOTH
def test_a_caller_with_a_running_case_is_recognised_and_served(room: Room) -> None:
    number = running_case(room)
    desk = desk_at(room)
    page, clicks = desk.page, ClickCount(desk.page)
    page.goto(f"/centre/new?caller={PHONES[room.language]}")
    item = page.locator(".earlier__item", has_text=number)
    with clicks.leading_on():
        clicks.press(item.locator("[value=enquire]"))
    expect(page.locator(".govuk-notification-banner")).to_contain_text(number)
    look_at_both_widths(desk, "operator-enquired")
    page.fill("#for-caller [name=words]", "今天又塌了一块。")
    with clicks.leading_on():
        clicks.press("#for-caller [value=add]")
    desk.look("operator-added")
    page.fill("#for-caller [name=calling_number]", "13900000000")
    with clicks.leading_on():
        clicks.press("#for-caller [value=urge]")
    look_at_both_widths(desk, "operator-not-recognised")
    page.fill("#for-caller [name=calling_number]", PHONES[room.language])
    with clicks.leading_on():
        clicks.press("#for-caller [value=urge]")
    with clicks.leading_on():
        clicks.press("#for-caller [value=new_code]")
    code = page.locator("[data-query-code]").inner_text()
    reads_it_herself(room, number, code)
    assert clicks.count <= 6


def reads_it_herself(room: Room, number: str, code: str) -> None:
    """Open the appeal by the new code: the citizen reads what was done for her."""
    citizen = room.desk()
    citizen.page.goto("/appeals/follow")
    citizen.page.fill("[name=number]", number)
    citizen.page.fill("[name=code]", code)
    citizen.submit()
    expect(citizen.page.locator(".parcel")).to_contain_text("今天又塌了一块。")
    citizen.look("operator-citizen")


@IN_BOTH
def test_a_follow_up_call_takes_at_most_four_clicks_and_opens_the_next(room: Room) -> None:
    facts = {**FACTS, "contact_phone": PHONES[room.language], "contact_email": ""}
    with room.city.act() as act:
        before_all_others = act.at(act.now - timedelta(days=9))
        for _ in range(2):
            case = PreparedAppeal(before_all_others, DEPARTMENT, facts).sent()
            case.in_hand().answered("已更换两盏路灯，今晚恢复照明。")
    desk = desk_at(room)
    page, clicks = desk.page, ClickCount(desk.page)
    page.goto("/centre/follow-up")
    first = page.locator("[data-appeal-number]").inner_text()
    desk.look("follow-up")
    with clicks.leading_on():
        clicks.press("button[name=show]")
    expect(page.locator("a[href^='tel:']")).to_be_visible()
    clicks.press(radio(page, "solved", "yes"))
    clicks.press(radio(page, "satisfaction", "4"))
    look_at_both_widths(desk, "follow-up-number")
    with clicks.leading_on():
        clicks.press("button[name=outcome][value=reached]")
    expect(page.locator("[data-appeal-number]")).not_to_have_text(first)
    assert clicks.count <= 4
    desk.look("follow-up-next")
