"""An operator takes a call while the dispatcher, at another screen, confirms by one key."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, expect

from appeals.domain.people import Role
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.prepared import PreparedAppeal

PHONES = {"zh": "13905320001", "en": "13905320002", "zh-plain": "13905320003"}
WORDS = {
    "zh": ("上次的路面又塌了", "上个月修过的地方又塌了，有一个半米深的坑。"),
    "en": ("The road sank again", "Where it was mended last month there is a deep hole again."),
}
BEFORE = {
    "zh": ("路面有坑", "小区门口路面有一个大坑，下雨积水。"),
    "en": ("A hole in the road", "There is a large hole at the gate, full of water when it rains."),
}
WHERE = {"category": "transport.road", "district": "370202", "street": "370202001"}


@dataclass
class Call:
    """The operator with the caller on the line, and the dispatcher with her tray."""

    operator: JourneyDesk
    dispatcher: JourneyDesk
    phone: str
    waiting: str

    @property
    def words(self) -> tuple[str, str]:
        """Return what the caller says, in a line and in full."""
        return WORDS[self.operator.language]


@pytest.fixture
def call(room: Room) -> Call:
    """Provide two people at work, and an appeal of the caller's that waits to be dispatched."""
    subject, detail = BEFORE[room.language]
    phone = PHONES[room.kind]
    with room.city.act() as act:
        facts = {**WHERE, "subject": subject, "detail": detail, "contact_phone": phone}
        waiting = PreparedAppeal(act, facts=facts).accepted().number
    operator = room.employed("He", Role.OPERATOR)
    return Call(operator, room.employed("Lin", Role.DISPATCHER), phone, waiting)


def test_an_operator_takes_a_call_while_the_dispatcher_confirms(call: Call) -> None:
    asks_who_called_before(call)
    call.dispatcher.page.goto("/centre/")
    confirms(call, call.waiting, "tray")
    number = files_for_the_caller(call)
    call.dispatcher.page.goto("/centre/")
    confirms(call, number, "tray-caller")
    reads_out_where_it_is(call)


def asks_who_called_before(call: Call) -> None:
    """Type the number as it is told, and see the caller's earlier appeal beside the form."""
    page = call.operator.page
    page.goto("/centre/new")
    call.operator.look("call-new")
    page.fill("[name=contact_phone]", f"{call.phone[:3]} {call.phone[3:7]} {call.phone[7:]}")
    page.fill("[name=subject]", call.words[0])
    with page.expect_navigation():
        page.locator("button[name=look][value='1']").click()
    expect(page.locator("#earlier-list")).to_contain_text(call.waiting)
    expect(page.locator("[name=subject]")).to_have_value(call.words[0])
    call.operator.look("call-before")


def confirms(call: Call, number: str, name: str) -> None:
    """Press the key that stands beside the suggestion; without scripts, the button itself."""
    page = call.dispatcher.page
    button = line(call, number).locator("button[data-key]")
    expect(button).to_be_visible()
    call.dispatcher.look(name)
    key = button.get_attribute("data-key") or ""
    with page.expect_navigation():
        page.keyboard.press(key) if call.dispatcher.scripts else button.click()
    expect(line(call, number)).to_have_count(0)
    expect(page.locator(".govuk-notification-banner")).to_contain_text(number)
    call.dispatcher.look(f"{name}-confirmed")


def line(call: Call, number: str) -> Locator:
    return call.dispatcher.page.locator(f"[data-number='{number}']")


def files_for_the_caller(call: Call) -> str:
    """Take down the rest, file and accept; number and code stand there to be read out."""
    page = call.operator.page
    page.fill("[name=detail]", call.words[1])
    page.check("[name=kind][value=complaint]")
    page.select_option("[name=category]", WHERE["category"])
    with page.expect_navigation():
        page.locator("form.intake button[type=submit]").click()
    expect(page.locator("[data-query-code]")).to_be_visible()
    call.operator.look("call-read-out")
    return page.locator("[data-appeal-number]").inner_text()


def reads_out_where_it_is(call: Call) -> None:
    """See the caller's two appeals beside the next form, each with its state."""
    page = call.operator.page
    page.goto("/centre/new")
    page.fill("[name=contact_phone]", call.phone)
    with page.expect_navigation():
        page.locator("button[name=look][value='1']").click()
    expect(page.locator("#earlier-list li")).to_have_count(2)
    call.operator.look("call-again")
