"""A citizen follows her appeal on a phone: the answer first, and every action confirmed."""

import itertools
import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from appeals.domain.states import Action
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal

DEPARTMENT = "370202-cg"
SUBJECT = "香港中路小区北门外连续三盏路灯不亮，老人晚上出门看不见路"
ANSWER = "经现场核实，三盏路灯因电缆老化断电，已于昨日更换电缆并恢复照明。\n如再发生，请拨打12345。"
FIRST_SCREEN_PX = 800
A_WEEK = timedelta(days=7)
SECONDS_TO_SEND = 60
NUMBERS = itertools.count(1)


def prepare(room: Room, *, question: str = "", answer: str = "") -> PreparedAppeal:
    """Prepare an appeal of last week that a department has in hand, asked about or answered."""
    with room.city.act() as act:
        earlier = act.at(act.now - A_WEEK)
        appeal = PreparedAppeal(earlier, DEPARTMENT, {"subject": SUBJECT}).sent().in_hand()
        if question:
            appeal.questioned(question)
        return appeal.answered(answer) if answer else appeal


def follow(room: Room, appeal: PreparedAppeal) -> JourneyDesk:
    """Open the appeal on a phone of 375 pixels, with number and code."""
    desk = room.desk()
    desk.page.set_viewport_size({"width": 375, "height": 812})
    desk.page.goto("/appeals/follow")
    desk.page.fill("[name=number]", appeal.number)
    desk.page.fill("[name=code]", appeal.code or "")
    desk.submit("main form")
    return desk


def first_line_px(desk: JourneyDesk) -> float:
    """Return where the first line of the answer ends, in pixels from the top of the page."""
    measured: float = desk.page.evaluate(
        """() => {
            const words = document.querySelector("#top-answer [data-words]");
            const range = document.createRange();
            range.selectNodeContents(words);
            return range.getClientRects()[0].bottom + window.scrollY;
        }"""
    )
    return measured


def test_the_answer_stands_in_the_first_screen_and_a_low_rating_leads_on(room: Room) -> None:
    desk = follow(room, prepare(room, answer=ANSWER))
    assert first_line_px(desk) <= FIRST_SCREEN_PX
    desk.look("following-closed")
    desk.take("rate", solved="no", satisfaction="2", words="当晚又全灭了")
    confirmation = desk.page.locator("[data-confirmation]")
    expect(confirmation).to_be_in_viewport()
    desk.look("following-rated-low")
    with desk.page.expect_navigation():
        confirmation.locator("button").click()
    expect(confirmation).to_be_in_viewport()
    expect(confirmation.locator("button")).to_have_count(0)
    expect(desk.page.locator(".parcel")).to_contain_text("当晚又全灭了")
    desk.look("following-not-solved")


@pytest.mark.parametrize("action", [Action.ADD, Action.URGE, Action.WITHDRAW])
def test_every_action_is_confirmed_on_the_first_screen(room: Room, action: Action) -> None:
    desk = follow(room, prepare(room))
    desk.take(action.value, words="还是不亮")
    expect(desk.page.locator("[data-confirmation]")).to_be_in_viewport()
    desk.look(f"following-{action.value}")


def test_the_question_stands_directly_above_its_box(room: Room) -> None:
    desk = follow(room, prepare(room, question="是北门的哪一盏灯？请告诉我们灯杆上的编号。"))
    question, box = (
        desk.page.locator(f"#top-ask_citizen {part}").bounding_box()
        for part in ("[data-words]", "textarea")
    )
    assert question is not None
    assert box is not None
    assert question["y"] + question["height"] <= FIRST_SCREEN_PX
    assert 0 < box["y"] - (question["y"] + question["height"]) < FIRST_SCREEN_PX / 4
    desk.look("following-question")
    desk.take("answer_question", words="东门的这一盏")
    expect(desk.page.locator("[data-confirmation]")).to_be_in_viewport()


def test_a_kept_appeal_opens_with_one_tap_and_leaving_ends_it(room: Room) -> None:
    appeal = prepare(room, answer=ANSWER)
    desk = follow(room, appeal)
    page = desk.page
    press(desk, "form[action$='/keep'] button")
    expect(page).to_have_url(re.compile("/appeals/mine$"))
    desk.context.clear_cookies(name="session")  # the browser was closed
    page.goto("/appeals/mine")
    desk.look("following-mine")
    with page.expect_navigation():
        page.get_by_role("link", name=SUBJECT).click()
    expect(page.locator("#top-answer")).to_be_visible()
    press(desk, "form[action='/appeals/forget'] button")
    page.goto(f"/appeals/{appeal.number}")
    expect(page).to_have_url(re.compile("/appeals/follow"))
    page.goto("/appeals/mine")
    expect(page.locator("[data-appeal-number]")).to_have_count(0)
    desk.look("following-mine-empty")


def test_a_telephone_and_the_code_of_a_text_message_open_its_appeals(room: Room) -> None:
    telephone = f"1390000{next(NUMBERS):04d}"
    facts = {"subject": SUBJECT, "contact_phone": telephone, "contact_email": ""}
    with room.city.act() as act:
        appeal = PreparedAppeal(act.at(act.now - A_WEEK), DEPARTMENT, facts).sent().in_hand()
        appeal.answered(ANSWER)
    desk = room.desk()
    page = desk.page
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto("/appeals/follow")
    press(desk, "a[href='/appeals/mine/telephone']")
    desk.look("following-telephone")
    page.fill("[name=telephone]", telephone)
    desk.submit("main form")
    desk.look("following-code")
    page.fill("[name=code]", code_sent_to(room, telephone))
    desk.submit("main form")
    desk.look("following-of-telephone")
    with page.expect_navigation():
        page.get_by_role("link", name=SUBJECT).click()
    expect(page.locator("#top-answer")).to_be_visible()


def test_a_daughter_adds_with_the_code_that_her_mother_gave_her_until_it_is_ended(
    room: Room,
) -> None:
    appeal = prepare(room)
    mother = follow(room, appeal)
    open_helper_section(mother)
    mother.page.fill("[name=name]", "女儿")
    press(mother, "form[action$='/helper_code'] button")
    code = mother.page.locator("[data-helper-code]").inner_text()
    mother.look("following-helper-code")
    daughter = room.desk()
    daughter.page.set_viewport_size({"width": 375, "height": 812})
    daughter.page.goto("/appeals/follow")
    daughter.page.fill("[name=number]", appeal.number)
    daughter.page.fill("[name=code]", code)
    daughter.submit("main form")
    expect(daughter.page.locator("[data-helper]")).to_be_in_viewport()
    expect(daughter.page.locator("#do-withdraw, #do-change_contact")).to_have_count(0)
    daughter.take("add", words="我妈妈说昨晚又灭了一盏")
    expect(daughter.page.locator("[data-confirmation]")).to_be_in_viewport()
    daughter.look("following-as-helper")
    press(mother, "main a.govuk-button")
    expect(mother.page.locator(".parcel")).to_contain_text("女儿")
    open_helper_section(mother)
    expect(mother.page.locator("[data-helper-uses] li")).to_have_count(2)
    mother.look("following-helper-uses")
    press(mother, "form[action$='/helper_code/end'] button")
    daughter.page.goto(f"/appeals/{appeal.number}")
    expect(daughter.page).to_have_url(re.compile("/appeals/follow"))


def open_helper_section(desk: JourneyDesk) -> None:
    desk.page.locator("#do-helper_code summary").click()


def code_sent_to(room: Room, telephone: str) -> str:
    """Wait for the text message with the code; return the code."""
    ends = time.monotonic() + SECONDS_TO_SEND
    while time.monotonic() < ends:
        for text in room.city.texts:
            found = re.search(r"(?<!\d)\d{6}(?!\d)", text["text"])
            if text["to"] == telephone and str(text["id"]).startswith("code-") and found:
                return found[0]
        time.sleep(0.2)
    raise AssertionError(f"No code came within {SECONDS_TO_SEND} seconds.")


def press(desk: JourneyDesk, button: str) -> None:
    with desk.page.expect_navigation():
        desk.page.locator(button).click()
