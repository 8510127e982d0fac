"""A department ends while its officer writes: the successor goes on, and no word is lost."""

from datetime import timedelta

from playwright.sync_api import expect

from appeals.casework.configuration.department_handover import hand_over_cases
from appeals.domain.calendar import city_day
from appeals.domain.people import Role
from tests.journeys.conftest import Room
from tests.journeys.prepared import PreparedAppeal, open_department

A_WEEK, A_DAY = timedelta(days=7), timedelta(days=1)
ANSWER = {
    "zh": "已联系物业维修路灯，今晚恢复照明。",
    "en": "The property company repairs the lamps; they are lit tonight.",
}


def test_a_department_ends_while_its_officer_answers(room: Room) -> None:
    old, new = f"lamps-{room.name}", f"streets-{room.name}"
    with room.city.act() as act:
        earlier = act.at(act.now - A_WEEK)
        open_department(earlier, old, "路灯管理处", "Street lamps")
        open_department(earlier, new, "市政养护中心", "Street maintenance")
    with room.city.act() as act:
        case = PreparedAppeal(act.at(act.now - A_DAY), old).sent().in_hand()
        number = case.number
    officer = room.employed("Zhao", Role.OFFICER, old)
    successor = room.employed("Qian", Role.OFFICER, new)
    administrator = room.employed("Sun", Role.ADMINISTRATOR)
    officer.page.goto(f"/desk/appeals/{number}")

    page = administrator.page
    page.goto(f"/admin/departments/{old}/end")
    page.select_option("[name=successor_code]", new)
    with room.city.act() as act:
        page.fill("[name=since]", city_day(act.now).isoformat())
    page.fill("[name=why]", "机构改革")
    administrator.submit("main form")
    administrator.look("department-end-preview")
    expect(page.locator("main")).to_contain_text("1")
    page.locator("[name=confirmed]").click()
    expect(page.locator(".govuk-notification-banner")).to_be_visible()

    with room.city.act() as act:
        hand_over_cases(act)
    form = officer.page.locator("#do-answer form")
    if not form.is_visible():
        officer.page.locator("#do-answer summary").click()
    form.locator("[value=solved]").check()
    form.locator("[name=words]").fill(ANSWER[room.language])
    with officer.page.expect_navigation():
        form.locator("button:not([name])").click()
    expect(officer.page.locator("#kept-words")).to_have_value(ANSWER[room.language])
    officer.look("handed-over")

    successor.page.goto(f"/desk/appeals/{number}")
    successor.take("answer", result="solved", words=ANSWER[room.language])
    expect(successor.page.locator(".govuk-notification-banner")).to_be_visible()
    successor.look("taken-over")
