"""Two officers work on one case: the second learns of the first, and loses none of her words."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from appeals.domain.people import Role
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal, open_department

A_WEEK = timedelta(days=7)
CONFLICT = 409
WORDS = {
    "zh": {
        "question": "请问漏水的是几楼？",
        "answer": "已联系物业维修屋顶，防水层已重做。",
        "return": "该小区由区住建部门管理。",
        "note": "市民下午在家，可以上门。",
        "chosen": "诉求不清",
    },
    "en": {
        "question": "On which floor is the leak?",
        "answer": "The roof was repaired with the property company; it is tight again.",
        "return": "The district's housing bureau looks after this estate.",
        "note": "She is at home in the afternoon.",
        "chosen": "The matter is unclear",
    },
}


@dataclass
class TwoOfficers:
    """Two officers of one department, and two of its cases: in hand, and newly sent."""

    first: JourneyDesk
    second: JourneyDesk
    in_hand: str
    new: str

    @property
    def words(self) -> dict[str, str]:
        """Return what they write."""
        return WORDS[self.first.language]


@pytest.fixture
def two(room: Room) -> TwoOfficers:
    """Provide the two at their desks."""
    code = f"roofs-{room.name}"
    with room.city.act() as act:
        open_department(act.at(act.now - A_WEEK), code, "房屋维修中心", "Roof repairs")
    with room.city.act() as act:
        earlier = act.at(act.now - timedelta(hours=2))
        in_hand = PreparedAppeal(earlier, code).sent().in_hand().number
        new = PreparedAppeal(earlier, code).sent().number
    first = room.employed("Zhao", Role.OFFICER, code)
    return TwoOfficers(first, room.employed("Qian", Role.OFFICER, code), in_hand, new)


def test_the_second_reads_what_happened_and_sends_her_words_anew(two: TwoOfficers) -> None:
    page = two.second.page
    page.goto(f"/desk/appeals/{two.in_hand}")
    two.first.page.goto(f"/desk/appeals/{two.in_hand}")
    two.first.take("ask_citizen", words=two.words["question"])
    page.locator("#do-answer summary").click()
    form = page.locator("#do-answer form")
    form.locator("[value=solved]").check()
    form.locator("[name=words]").fill(two.words["answer"])
    with page.expect_navigation() as came:
        form.locator("button:not([name])").click()
    assert came.value.status == CONFLICT
    expect(page.locator("section[aria-labelledby=since]")).to_contain_text(two.words["question"])
    expect(form.locator("[name=words]")).to_have_value(two.words["answer"])
    expect(form.locator("[value=solved]")).to_be_checked()
    two.second.look("conflict")
    with page.expect_navigation() as came:
        form.locator("button:not([name])").click()
    expect(page.locator(".govuk-notification-banner")).to_be_visible()
    expect(page.locator(".sheet__history")).to_contain_text(two.words["answer"])
    two.second.look("conflict-sent-anew")


def test_words_for_a_step_that_is_closed_now_stay_to_be_copied(two: TwoOfficers) -> None:
    page = two.second.page
    page.goto(f"/desk/appeals/{two.new}")
    page.locator("#do-ask_return summary").click()
    two.first.page.goto(f"/desk/appeals/{two.new}")
    two.first.take("ask_return", reason="not_our_duty", words=two.words["return"])
    form = page.locator("#do-ask_return form")
    form.locator("[value=unclear]").check()
    form.locator("[name=words]").fill(two.words["note"])
    with page.expect_navigation() as came:
        form.locator("button:not([name])").click()
    assert came.value.status == CONFLICT
    expect(page.locator("section[aria-labelledby=since]")).to_contain_text(two.words["return"])
    expect(page.locator("#kept-words")).to_have_value(two.words["note"])
    expect(page.locator("#kept-reason")).to_have_value(two.words["chosen"])
    two.second.look("conflict-closed")
