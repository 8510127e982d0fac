"""A citizen on a slow network that is cut between pages and while she sends.

Nothing that she typed is lost, what she sends twice is taken once, and a sentence tells her what
happened: the page's own, or without scripts the browser's.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Error, Locator, expect

from appeals.domain.states import Action
from appeals.models.appeal import Appeal, Move, Statement
from tests.journeys.conftest import JourneyDesk, Room
from tests.journeys.poor_network import PoorNetwork, poor_network
from tests.journeys.test_following import ANSWER, FIRST_SCREEN_PX, first_line_px, prepare
from tests.photos import noise, saved

DETAIL = "连续一周，每天晚上小区北门外的三盏路灯都不亮，老人出门看不见路。"
ADDRESS, PHONE = "北门8号", "138 0013 8000"
WORDS = "换了电缆，三盏都亮了，谢谢。"
BROWSERS_OWN_PAGE = re.compile("^chrome-error:")
INTO_THE_FORM, INTO_THE_PHOTO = 200, 60_000
"""Bytes of a form's body after which the network is cut."""
DOUBLE_PRESS_MS = 1_100
"""A second press that comes sooner than this after the first is taken for a double one."""
pytestmark = pytest.mark.parametrize(
    "room", [("zh", True), ("zh", False)], ids=["scripts", "without-scripts"], indirect=True
)


@pytest.fixture
def network(room: Room) -> Iterator[PoorNetwork]:
    with poor_network(room.city.address) as network:
        yield network


@pytest.fixture
def citizen(room: Room, network: PoorNetwork) -> JourneyDesk:
    """Provide a phone that reaches the city over the poor network alone."""
    return replace(room, city=replace(room.city, address=network.address)).desk()


def button_to(citizen: JourneyDesk, page: str) -> Locator:
    """Return the button of the filing form that leads to a page."""
    return citizen.page.locator(f"main button[name=go][value='{page}']:not([aria-hidden])").last


def press(citizen: JourneyDesk, button: Locator) -> None:
    with citizen.page.expect_navigation():
        button.click()


def press_without_network(citizen: JourneyDesk, button: Locator) -> None:
    """Press in a tunnel; with scripts the page stays and says why. Then come out of the tunnel."""
    note = citizen.page.locator("[data-offline-note]")
    citizen.context.set_offline(offline=True)
    if citizen.scripts:
        button.click()
        expect(note).to_be_in_viewport()
        citizen.look("network-none")
        citizen.context.set_offline(offline=False)
        expect(note).to_have_count(0)
        citizen.page.wait_for_timeout(DOUBLE_PRESS_MS)
        return
    with pytest.raises(Error):
        press(citizen, button)
    expect(citizen.page).to_have_url(BROWSERS_OWN_PAGE)
    citizen.context.set_offline(offline=False)
    citizen.page.reload()


def press_and_lose(citizen: JourneyDesk, network: PoorNetwork, button: Locator) -> None:
    """Press while the network is cut, and see the browser's own page instead of an answer."""
    with pytest.raises(Error):
        press(citizen, button)
    expect(citizen.page).to_have_url(BROWSERS_OWN_PAGE)
    network.mend()


def look_at_lost_answer(citizen: JourneyDesk, name: str) -> None:
    """See that the page says that no answer came, where scripts can tell it."""
    if citizen.scripts:
        expect(citizen.page.locator("form [role=alert]")).to_contain_text("没有收到回应")
        citizen.picture(name)


def come_again(citizen: JourneyDesk) -> None:
    """Go back from the browser's page, or let it send the form again, as browsers offer."""
    if citizen.scripts:
        citizen.page.go_back()
    else:
        citizen.page.reload()


def test_a_citizen_files_once_and_loses_nothing(
    room: Room, network: PoorNetwork, citizen: JourneyDesk
) -> None:
    detail, page = f"{DETAIL}（{room.name}）", citizen.page
    page.goto("/appeals/new")
    page.fill("[name=detail]", detail)
    press_without_network(citizen, button_to(citizen, "about"))
    if citizen.scripts:
        expect(page.locator("[name=detail]")).to_have_value(detail)
        press(citizen, button_to(citizen, "about"))
    page.locator("[name=category]").first.check()
    page.select_option("[name=district]", "370202")
    page.fill("[name=address]", ADDRESS)
    network.cut_in_next_form(INTO_THE_FORM)
    press_and_lose(citizen, network, button_to(citizen, "who"))
    page.go_back()
    look_at_lost_answer(citizen, "network-cut")
    expect(page.locator("[name=category]").first).to_be_checked()
    expect(page.locator("[name=district]")).to_have_value("370202")
    expect(page.locator("[name=address]")).to_have_value(ADDRESS)
    press(citizen, button_to(citizen, "who"))
    page.fill("[name=contact_phone]", PHONE)
    press(citizen, button_to(citizen, "check"))
    for answer in (detail, ADDRESS, PHONE):
        expect(page.locator("main")).to_contain_text(answer)
    network.cut_before_next_answer()
    press_and_lose(citizen, network, button_to(citizen, "send"))
    come_again(citizen)
    expect(page.locator("[data-query-code]")).to_be_visible()
    citizen.look("network-receipt")
    assert count_appeals(room, detail) == 1


def test_what_is_typed_first_is_there_again_after_a_cut(
    room: Room, network: PoorNetwork, citizen: JourneyDesk
) -> None:
    """The first page has no draft yet: all that is known of it is in the browser."""
    detail, page = f"{DETAIL}（{room.name}）", citizen.page
    page.goto("/appeals/new")
    page.fill("[name=detail]", detail)
    network.cut_in_next_form(INTO_THE_FORM)
    press_and_lose(citizen, network, button_to(citizen, "about"))
    if citizen.scripts:
        page.goto("/appeals/new")
        look_at_lost_answer(citizen, "network-cut-first")
        expect(page.locator("[name=detail]")).to_have_value(detail)
        press(citizen, button_to(citizen, "about"))
    else:
        page.reload()
    expect(page.locator("[name=district]")).to_be_visible()
    page.goto("/appeals/new")
    expect(page.locator("[name=detail]")).to_have_value("")  # it has a draft now, which is offered


def test_a_photo_that_is_cut_leaves_the_words_and_is_chosen_again(
    room: Room, network: PoorNetwork, citizen: JourneyDesk, tmp_path: Path
) -> None:
    detail, page = f"{DETAIL}（{room.name}）", citizen.page
    photo = tmp_path / "IMG_1.jpg"
    photo.write_bytes(saved(noise((384, 384)), "JPEG", quality=95))
    assert photo.stat().st_size > INTO_THE_PHOTO
    page.goto("/appeals/new")
    page.fill("[name=detail]", detail)
    page.set_input_files("[name=attachments]", [photo])
    network.cut_in_next_form(INTO_THE_PHOTO)
    press_and_lose(citizen, network, button_to(citizen, "what"))
    if citizen.scripts:
        page.goto("/appeals/new")
        look_at_lost_answer(citizen, "network-photo")
        expect(page.locator("[name=detail]")).to_have_value(detail)
        expect(page.locator(".photos img")).to_have_count(0)
        page.set_input_files("[name=attachments]", [photo])
        press(citizen, button_to(citizen, "what"))
    else:
        page.reload()
    expect(page.locator("[name=detail]")).to_have_value(detail)
    expect(page.locator(".photos img")).to_have_count(1)
    page.set_input_files("[name=attachments]", [photo])
    network.cut_before_next_answer()  # the city has the photo, which she does not know
    press_and_lose(citizen, network, button_to(citizen, "what"))
    come_again(citizen)
    expect(page.locator("[name=detail]")).to_have_value(detail)
    expect(page.locator(".photos img")).to_have_count(1)


def test_a_citizen_follows_her_closed_appeal_and_rates_it_once(
    room: Room, network: PoorNetwork, citizen: JourneyDesk
) -> None:
    appeal, page = prepare(room, answer=ANSWER), citizen.page
    page.goto("/appeals/follow")
    code = page.locator("[name=code]")
    page.fill("[name=number]", appeal.number)
    code.fill(appeal.code)
    press_without_network(citizen, page.locator("main form button").first)
    if citizen.scripts:
        expect(code).to_have_value(appeal.code)
        press(citizen, page.locator("main form button").first)
    expect(page.locator("#top-answer")).to_be_in_viewport()
    assert first_line_px(citizen) <= FIRST_SCREEN_PX
    rates(citizen, network)
    expect(page.locator(".parcel")).to_contain_text(WORDS)
    expect(page.locator("form [role=alert]")).to_have_count(0)
    assert count_ratings(room, appeal.number) == 1


def rates(citizen: JourneyDesk, network: PoorNetwork) -> None:
    """Rate twice, since the first form is cut and the answer to the second is lost."""
    page, form = citizen.page, citizen.page.locator("form[action$='/rate']")
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    form.locator("[name=solved][value=yes]").check()
    form.locator("[name=satisfaction][value='5']").check()
    form.locator("[name=words]").fill(WORDS)
    network.cut_in_next_form(INTO_THE_FORM)
    press_and_lose(citizen, network, form.locator("button").last)
    page.go_back()
    look_at_lost_answer(citizen, "network-rating")
    expect(form.locator("[name=solved][value=yes]")).to_be_checked()
    expect(form.locator("[name=words]")).to_have_value(WORDS)
    if not form.is_visible():
        page.locator("details", has=form).locator("summary").click()
    network.cut_before_next_answer()
    press_and_lose(citizen, network, form.locator("button").last)
    come_again(citizen)


def count_appeals(room: Room, detail: str) -> int:
    with room.city.act() as act:
        filed = sa.select(sa.func.count()).where(Statement.detail == detail)
        return act.session.scalar(filed) or 0


def count_ratings(room: Room, number: str) -> int:
    with room.city.act() as act:
        ratings = (
            sa.select(sa.func.count()).select_from(Move).join(Appeal, Appeal.id == Move.appeal_id)
        )
        ratings = ratings.where(Appeal.number == number, Move.action == Action.RATE)
        return act.session.scalar(ratings) or 0
