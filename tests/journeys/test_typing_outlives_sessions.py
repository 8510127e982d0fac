"""What staff type outlives the other language, a reload, a lost session and a wrong turn."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from appeals.casework.accounts import staff_accounts
from appeals.domain.people import Role
from appeals.models.staff import StaffMember
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal, open_department

PASSWORD = "four quiet words here"
ANSWER = "已到现场更换两盏路灯，并电话告知您结果。"
CALLER = {"contact_phone": "13905320009", "subject": "路灯不亮", "detail": "从周一起就不亮了。"}
SCRIPTED = pytest.mark.parametrize(
    "room", [("zh", True), ("en", True)], ids=["zh", "en"], indirect=True
)
"""The server is sent nothing: it is the script that keeps what is typed."""


@pytest.fixture
def number(room: Room) -> str:
    """Provide a case that a department of the room has in hand."""
    with room.city.act() as act:
        open_department(act, room.name, "市政养护中心", "Street maintenance")
        return PreparedAppeal(act, room.name).sent().in_hand().number


def end_sessions(room: Room, username: str) -> None:
    with room.city.act() as act:
        person = sa.select(StaffMember.id).where(StaffMember.username == username)
        staff_accounts.end_all_sessions(act, act.session.scalars(person).one())


def sign_in(desk: JourneyDesk, username: str, password: str = PASSWORD) -> None:
    desk.page.fill("[name=username]", username)
    desk.page.fill("[name=password]", password)
    desk.submit()


def test_an_answer_is_sent_after_the_session_had_ended(room: Room, number: str) -> None:
    username, one_time = room.employ("Zhao", Role.OFFICER, room.name)
    desk = room.desk()
    desk.sign_in(username, one_time)
    form = desk.page.locator("form[action$='/answer']")
    desk.page.goto(f"/desk/appeals/{number}")
    if not form.is_visible():
        desk.page.locator("#do-answer summary").click()
    form.locator("[name=result][value=solved]").check()
    form.locator("[name=words]").fill(ANSWER)
    end_sessions(room, username)
    with desk.page.expect_navigation():
        form.locator("button:not([name])").last.click()
    desk.look("held-sign-in")
    sign_in(desk, username)
    expect(form.locator("[name=words]")).to_have_value(ANSWER)
    expect(form.locator("[name=result][value=solved]")).to_be_checked()
    desk.look("held-form")
    with desk.page.expect_navigation():
        form.locator("button:not([name], [type=button])").click()
    expect(desk.page.locator(".govuk-notification-banner")).to_be_visible()
    expect(desk.page.locator("main")).to_contain_text(ANSWER)


def test_an_intake_is_filed_after_the_session_had_ended_and_the_next_is_empty(room: Room) -> None:
    username, one_time = room.employ("Feng", Role.OPERATOR)
    desk = room.desk()
    desk.sign_in(username, one_time)
    page, send = desk.page, desk.page.locator(".intake button:not([name], [type=button])")
    page.goto("/centre/new")
    for name, text in CALLER.items():
        page.fill(f"[name={name}]", text)
    page.check("[name=kind][value=complaint]")
    page.select_option("[name=category]", "urban.lighting")
    end_sessions(room, username)
    with page.expect_navigation():
        send.click()
    sign_in(desk, username)
    for name, text in CALLER.items():
        expect(page.locator(f"[name={name}]")).to_have_value(text)
    with page.expect_navigation():
        send.click()
    expect(page.locator("[data-appeal-number]")).to_be_visible()
    page.locator("main a[href='/centre/new']").click()
    for name in CALLER:
        expect(page.locator(f"[name={name}]")).to_have_value("")


@SCRIPTED
def test_an_answer_outlives_the_other_language_and_a_reload(room: Room, number: str) -> None:
    desk = room.employed("Qian", Role.OFFICER, room.name)
    page, form = desk.page, desk.page.locator("form[action$='/answer']")
    page.goto(f"/desk/appeals/{number}")
    page.locator("#do-answer summary").click()
    form.locator("[name=words]").fill(ANSWER)
    page.locator("a[hreflang]").click()
    expect(form.locator("[name=words]")).to_be_visible()
    expect(form.locator("[name=words]")).to_have_value(ANSWER)
    page.reload()
    expect(form.locator("[name=words]")).to_have_value(ANSWER)
    desk.look("typing-put-back")
    form.locator("[name=result][value=solved]").check()
    with page.expect_navigation():
        form.locator("button:not([name], [type=button])").click()
    expect(page.locator(".govuk-notification-banner")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.includes('answer'))") == []


@SCRIPTED
def test_what_an_operator_types_is_put_back_and_emptied(room: Room) -> None:
    desk = room.employed("He", Role.OPERATOR)
    page = desk.page
    page.goto("/centre/new")
    for name, text in CALLER.items():
        page.fill(f"[name={name}]", text)
    page.goto("/centre/")
    page.goto("/centre/new")
    for name, text in CALLER.items():
        expect(page.locator(f"[name={name}]")).to_have_value(text)
    desk.look("intake-put-back")
    page.locator("[data-empty]").click()
    page.reload()
    for name in CALLER:
        expect(page.locator(f"[name={name}]")).to_have_value("")


@SCRIPTED
def test_another_account_in_the_same_tab_finds_nothing(room: Room) -> None:
    username, one_time = room.employ("Sun", Role.OPERATOR)
    desk = room.desk()
    desk.sign_in(username, one_time)
    desk.page.goto("/centre/new")
    desk.page.fill("[name=subject]", CALLER["subject"])
    end_sessions(room, username)
    other, one_time = room.employ("Wu", Role.OPERATOR)
    desk.sign_in(other, one_time)
    desk.page.goto("/centre/new")
    expect(desk.page.locator("[name=subject]")).to_have_value("")
