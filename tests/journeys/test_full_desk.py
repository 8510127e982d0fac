"""A department with 200 cases: an officer's day, its leader's cover of who is absent.

In Chinese on a telephone of 375 px, in English on a desk's screen; clicks are counted.
"""

from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.accounts import staff_accounts
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.domain.calendar import city_day
from appeals.domain.moves.context import MoveInput
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.states import Action
from appeals.models.staff import StaffMember
from tests.factories import a_filing
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.prepared import open_department
from tests.journeys.test_operator import ClickCount

PASSWORD = "four quiet words here"
PHONE_NUMBER = "13905320077"
NOTE, ANSWER = "已通话，约明天上午现场查看。", "已到现场更换两盏路灯，并电话告知您结果。"
SUBJECTS = (
    "路灯不亮",
    "井盖松动",
    "垃圾无人清运",
    "油烟扰民",
    "路面坑洼",
    "夜间施工噪音",
    "消防通道堵塞",
)
NEW, SIGNED, IN_HAND = 60, 40, 100
"""How many cases lie in each state; 200 in all."""
MAX_CLICKS = 7
IN_BOTH = pytest.mark.parametrize(
    "room", [("zh", True), ("en", True)], indirect=True, ids=["zh", "en"]
)


@pytest.fixture
def code(room: Room) -> str:
    """Provide a department of the room with 200 running cases; return its code."""
    code = f"full-{room.name}"
    with room.city.act() as act:
        open_department(
            act.at(act.now - timedelta(days=7)), code, "市政养护中心", "Street maintenance"
        )
    with room.city.act() as act:
        bulk = BulkWriter(act)
        states = (
            (NEW, 2, timedelta()),
            (SIGNED, 3, timedelta(hours=3)),
            (IN_HAND, 4, timedelta(days=3)),
        )
        bulk.write_histories(
            [
                bulk.play_history(a_history(act.at(act.now - ago), code, steps, n))
                for count, steps, ago in states
                for n in range(count)
            ]
        )
    return code


def a_history(act: Act, code: str, steps: int, n: int) -> History:
    """Return the history of a case: so many steps of acceptance, dispatch, sign-for, contact."""
    officer = Actor(Role.OFFICER, department=code)
    way: list[tuple[Action, MoveInput, Actor]] = [
        (Action.ACCEPT, {}, Actor(Role.OPERATOR)),
        (Action.DISPATCH, {"department": code}, Actor(Role.DISPATCHER)),
        (Action.SIGN, {}, officer),
        (Action.CONTACT, {"how": "phone"}, officer),
    ]
    subject = f"{SUBJECTS[n % len(SUBJECTS)]}（第{n + 1}号）"
    filing = a_filing(
        subject=subject,
        detail=f"{subject}，请尽快处理。",
        contact_phone=PHONE_NUMBER,
        contact_email="",
    )
    moves = [MoveRequest(action, given, act.now, by) for action, given, by in way[:steps]]
    return History(filing, MoveRequest(Action.FILE, {}, act.now, STRANGER), moves)


def follow(page: Page, what: Locator) -> None:
    """Press what leads to another page, and wait for it."""
    with page.expect_navigation():
        what.click()


def banner(page: Page) -> Locator:
    return page.locator(".govuk-notification-banner")


@IN_BOTH
def test_an_officer_with_two_hundred_cases_signs_calls_and_answers(room: Room, code: str) -> None:
    desk = room.employed("Zhao", Role.OFFICER, code)
    page = desk.page
    page.goto("/desk/day")
    new = page.locator("section:has([name=number])").first
    expect(new.locator("[name=number]")).not_to_have_count(0)
    desk.look("full-day")
    first = new.locator(".rows__number a").first.inner_text()
    signs_calls_and_answers(desk, first)
    page.goto("/desk/day")
    signs_for_the_rest(desk)
    keeps_the_place_of_the_list(desk)


def signs_calls_and_answers(desk: JourneyDesk, number: str) -> None:
    """Take a new case from the day to its answer; count the clicks."""
    page, clicks = desk.page, 0
    follow(page, page.locator(f".rows__call[href*='/{number}/']"))
    desk.look("full-first-contact")
    follow(page, page.locator("button[name=show]"))
    call = page.locator(f"a[href='tel:{PHONE_NUMBER}']")
    expect(call).to_be_visible()  # pressed by hand: it would open the telephone
    page.fill("[name=words]", NOTE)
    desk.look("full-first-contact-number")
    follow(page, page.locator("[name=outcome][value=reached]"))
    clicks += len(("call", "show the number", "tel:", "reached"))
    expect(banner(page)).to_contain_text(number)
    form = page.locator("#do-answer form")
    form.locator(".govuk-radios__item:has([value=solved]) label").click()
    form.locator("[name=words]").fill(ANSWER)
    desk.look("full-answer")
    follow(page, form.locator("button:not([name], [type=button])"))
    clicks += len(("result", "answer"))
    assert clicks <= MAX_CLICKS
    expect(banner(page)).to_contain_text(number)
    expect(page.locator(".place__next")).to_be_visible()
    desk.look("full-answered")
    follow(page, page.locator("a.place__next"))
    expect(page.locator("[data-appeal-number]").first).not_to_have_text(number)


def signs_for_the_rest(desk: JourneyDesk) -> None:
    """Sign for what is new from the day, as many at a time as one part of it shows."""
    page, left = desk.page, NEW - 1
    while left:
        part = page.locator("section:has([name=number])").first
        shown = part.locator("[name=number]").count()
        part.locator("[data-chooses-all] label").click()
        follow(page, part.locator("button[formaction$='/several/sign']"))
        expect(banner(page)).to_contain_text(str(shown))
        assert page.url.endswith("/desk/day")
        left -= shown
    expect(page.locator("[name=number]")).to_have_count(0)
    desk.look("full-day-signed")


def keeps_the_place_of_the_list(desk: JourneyDesk) -> None:
    """Answer from the second page of a narrowed list, go on to the next, and back."""
    page = desk.page
    page.goto("/desk/?state=in_hand&sort=-filed")
    follow(page, page.locator("a[rel=next]"))
    second_page = page.url
    follow(page, page.locator(".rows__number a").first)
    following = page.locator("a.place__next").inner_text()
    desk.take("answer", result="solved", words=ANSWER)
    expect(page.locator("a.place__next")).to_have_text(following)
    follow(page, page.locator(".place a").first)
    assert arguments_of(page.url) == arguments_of(second_page)


def arguments_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


@IN_BOTH
def test_a_leader_covers_an_absent_officer(room: Room, code: str) -> None:
    zhao, _ = room.employ("Zhao Min", Role.OFFICER, code)
    qian, _ = room.employ("Qian Li", Role.OFFICER, code)
    desk = room.employed("Zhou", Role.LEADER, code)
    ids = staff_ids(room, zhao, qian)
    page = desk.page
    assigns_what_nobody_has(desk, ids[zhao])
    with room.city.act() as act:
        records_an_absence(desk, ids[zhao], city_day(act.now))
    desk.look("absences")
    page.goto("/desk/day")
    expect(page.locator(".absent")).to_contain_text("Zhao Min")
    desk.look("day-absent")
    hands_the_work_on(desk, ids[qian])
    page.goto("/desk/?whose=nobody")
    assign(ClickCount(page), ".rows__choose label", ids[zhao])
    expect(banner(page).last).to_contain_text("Zhao Min")
    desk.look("list-assigned-to-absent")
    page.goto("/desk/team")
    expect(page.locator(f"#officer-{ids[qian]} td").first).to_contain_text(str(NEW))
    desk.look("team")


def assigns_what_nobody_has(desk: JourneyDesk, officer: str) -> None:
    """Assign from the leader's day all that is new and nobody's; count the clicks."""
    page, clicks = desk.page, ClickCount(desk.page)
    page.goto("/desk/day")
    with clicks.leading_on():
        clicks.press("nav a[href='/desk/team']")
    expect(page.locator("#unassigned td").first).to_contain_text(str(NEW + SIGNED + IN_HAND))
    with clicks.leading_on():
        clicks.press("#unassigned a[href*='state=dispatched']")
    assign(clicks, "label[for=whole]", officer)
    expect(banner(page)).to_contain_text(str(NEW))
    assert clicks.count <= MAX_CLICKS


def records_an_absence(desk: JourneyDesk, officer: str, today: date) -> None:
    """Record from the leader's day who is away until when; count the clicks."""
    page, clicks = desk.page, ClickCount(desk.page)
    page.goto("/desk/day")
    with clicks.leading_on():
        clicks.press("main a[href='/desk/absences']")
    clicks.choose("[name=staff]", officer)
    page.fill("[name=first]", today.isoformat())
    page.fill("[name=last]", (today + timedelta(days=4)).isoformat())
    with clicks.leading_on():
        clicks.press("main form button:not([class=plain])")
    expect(page.locator("tbody")).to_contain_text("Zhao Min")
    assert clicks.count <= MAX_CLICKS


def hands_the_work_on(desk: JourneyDesk, officer: str) -> None:
    """Assign the absent officer's cases to another from the leader's day; count the clicks."""
    page, clicks = desk.page, ClickCount(desk.page)
    with clicks.leading_on():
        clicks.press(".absent a")
    expect(page.locator("[name=number]")).to_have_count(50)
    desk.look("list-absent")
    assign(clicks, "label[for=whole]", officer)
    expect(page.locator(".absent")).to_have_count(0)
    assert clicks.count <= MAX_CLICKS


def staff_ids(room: Room, *usernames: str) -> dict[str, str]:
    with room.city.act() as act:
        rows = act.session.execute(
            sa.select(StaffMember.username, StaffMember.id).where(
                StaffMember.username.in_(usernames)
            )
        )
        return {name: str(id_) for name, id_ in rows}


def assign(clicks: ClickCount, box: str, officer: str) -> None:
    """Choose by a box, and assign what is chosen."""
    clicks.press(box)
    clicks.choose(".together [name=officer]", officer)
    with clicks.leading_on():
        clicks.press("button[formaction$='/several/assign']")


@IN_BOTH
def test_a_note_of_a_call_and_an_answer_outlive_the_session(room: Room, code: str) -> None:
    username, one_time = room.employ("Zhao", Role.OFFICER, code)
    desk = room.desk()
    desk.sign_in(username, one_time)
    page = desk.page
    page.goto("/desk/?state=signed")
    follow(page, page.locator(".rows__call").first)
    page.fill("[name=words]", NOTE)
    end_sessions(room, username)
    follow(page, page.locator("[name=outcome][value=reached]"))
    signs_in_again(desk, username)
    expect(page.locator("[name=words]")).to_have_value(NOTE)
    desk.look("full-note-held")
    follow(page, page.locator("[name=outcome][value=reached]"))
    form = page.locator("#do-answer form")
    form.locator(".govuk-radios__item:has([value=solved]) label").click()
    form.locator("[name=words]").fill(ANSWER)
    end_sessions(room, username)
    follow(page, form.locator("button:not([name], [type=button])"))
    signs_in_again(desk, username)
    expect(form.locator("[name=words]")).to_have_value(ANSWER)
    follow(page, form.locator("button:not([name], [type=button])"))
    expect(page.locator("main")).to_contain_text(ANSWER)


def end_sessions(room: Room, username: str) -> None:
    with room.city.act() as act:
        person = sa.select(StaffMember.id).where(StaffMember.username == username)
        staff_accounts.end_all_sessions(act, act.session.scalars(person).one())


def signs_in_again(desk: JourneyDesk, username: str) -> None:
    desk.page.fill("[name=username]", username)
    desk.page.fill("[name=password]", PASSWORD)
    desk.submit()
