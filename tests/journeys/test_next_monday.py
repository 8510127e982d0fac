"""An administrator lets a new department take a category over from next Monday."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from playwright.sync_api import expect

from appeals.domain.calendar import ONE_DAY, SHANGHAI, city_day
from appeals.domain.people import Role
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal

NOON = time(12, tzinfo=SHANGHAI)
CATEGORIES = {"zh": "greening.trees", "en": "greening.parks", "zh-plain": "greening.damage"}
"""Each room moves a category of its own; all are the gardens bureau's so far."""
OLD = {"zh": "市园林和林业局", "en": "Municipal Parks and Forestry Bureau"}
NEW = {"zh": "城市绿化中心", "en": "Urban Greenery Centre"}
WHY = {"zh": "机构改革，自周一起由新单位承办。", "en": "Reform: a new department from Monday on."}
SUBJECT = {"zh": "行道树遮挡路灯", "en": "Trees hide the street lamps"}


@dataclass
class Reform:
    """The administrator, the dispatcher, and the days that matter."""

    administrator: JourneyDesk
    dispatcher: JourneyDesk
    room: Room
    code: str
    category: str
    monday: date
    filed_before: str

    @property
    def new(self) -> str:
        """Return the new department's name, as this room reads it."""
        return f"{NEW[self.room.language]} {self.code}"


@pytest.fixture
def reform(room: Room) -> Reform:
    """Provide the two at their desks, and an appeal of the category that was filed last week."""
    category = CATEGORIES[room.kind]
    with room.city.act() as act:
        facts = {"category": category, "subject": SUBJECT[room.language]}
        before = PreparedAppeal(act.at(act.now - timedelta(days=7)), facts=facts).number
        today = city_day(act.now)
    monday = today + (7 - today.weekday()) * ONE_DAY
    administrator = room.employed("Sun", Role.ADMINISTRATOR)
    dispatcher = room.employed("Lin-of-Monday", Role.DISPATCHER)
    code = f"green-{room.name}"
    return Reform(administrator, dispatcher, room, code, category, monday, before)


def test_from_monday_on_a_category_goes_to_a_new_department(reform: Reform) -> None:
    adds_the_department(reform)
    moves_the_category(reform)
    tries_a_text(reform, reform.monday - ONE_DAY, goes_to_the_new=False)
    tries_a_text(reform, reform.monday, goes_to_the_new=True)
    is_suggested(reform, reform.monday - ONE_DAY, goes_to_the_new=False)
    is_suggested(reform, reform.monday, goes_to_the_new=True)


def adds_the_department(reform: Reform) -> None:
    """Begin it on Monday, read the preview, confirm."""
    desk, page = reform.administrator, reform.administrator.page
    page.goto("/admin/departments")
    desk.look("departments")
    page.locator("a[href$='/departments/add']").click()
    page.fill("[name=code]", reform.code)
    for language, name in NEW.items():
        page.fill(f"[name={language}]", f"{name} {reform.code}")
    page.check("[name=tier][value=municipal]")
    gives_the_day(reform)
    desk.look("department-form")
    desk.submit()
    desk.look("department-preview")
    confirms(desk)
    expect(page.locator("h1")).to_contain_text(reform.new)
    desk.look("department-added")


def gives_the_day(reform: Reform) -> None:
    page = reform.administrator.page
    page.fill("[name=since]", reform.monday.isoformat())
    page.fill("[name=why]", WHY[reform.room.language])


def confirms(desk: JourneyDesk) -> None:
    with desk.page.expect_navigation():
        desk.page.locator("button[name=confirmed]").click()
    expect(desk.page.locator(".govuk-notification-banner")).to_be_visible()


def moves_the_category(reform: Reform) -> None:
    """Read in the dry run what would have gone elsewhere, before anything is changed."""
    desk, page = reform.administrator, reform.administrator.page
    page.goto(f"/admin/categories/{reform.category}")
    desk.look("category")
    page.locator("a[href$='/move']").click()
    page.select_option("[name=department_code]", reform.code)
    gives_the_day(reform)
    desk.look("category-form")
    desk.submit()
    ways = page.locator("section[aria-labelledby=dry-run]")
    expect(ways.locator("tbody")).to_contain_text(OLD[reform.room.language])
    expect(ways.locator("tbody")).to_contain_text(reform.new)
    ways.locator("summary").click()
    expect(ways.locator("li").filter(has_text=reform.filed_before)).to_be_visible()
    desk.look("category-dry-run")
    confirms(desk)
    expect(page.locator("main")).to_contain_text(WHY[reform.room.language])
    desk.look("category-moved")


def tries_a_text(reform: Reform, day: date, *, goes_to_the_new: bool) -> None:
    """Ask the rules of a day where a text of the category would go."""
    desk, page = reform.administrator, reform.administrator.page
    page.goto("/admin/rules/try")
    page.select_option("[name=category]", reform.category)
    page.fill("[name=text]", SUBJECT[reform.room.language])
    page.fill("[name=day]", day.isoformat())
    desk.submit()
    to_the_new = page.locator("#answer").filter(has_text=reform.new)
    expect(page.locator("#answer")).to_be_visible()
    expect(to_the_new).to_have_count(int(goes_to_the_new))
    desk.look(f"rules-tried-{day:%A}".lower())


def is_suggested(reform: Reform, day: date, *, goes_to_the_new: bool) -> None:
    """File at noon of the day; the dispatcher opens the appeal and reads the suggestion."""
    desk, page = reform.dispatcher, reform.dispatcher.page
    facts = {"category": reform.category, "subject": SUBJECT[reform.room.language]}
    with reform.room.city.act() as act:
        number = PreparedAppeal(
            act.at(datetime.combine(day, NOON).astimezone(UTC)), facts=facts
        ).number
    page.goto(f"/centre/appeals/{number}")
    suggested = page.locator("section[aria-labelledby=suggested]")
    expect(suggested).to_be_visible()
    expect(suggested.filter(has_text=reform.new)).to_have_count(int(goes_to_the_new))
    desk.look(f"suggested-{day:%A}".lower())
