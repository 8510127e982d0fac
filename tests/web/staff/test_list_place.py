"""The place in a list: kept on the case page and after a move, with the next case of the list."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.people import Actor
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from tests.cast import LEADER, WATER, ZHAO
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, count_statements, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
A_CASE_PAGE, A_CHANGE = 18, 24
NEXT = re.compile(r'<a class="govuk-link place__next"[^>]*href="([^"]+)"')


@pytest.fixture
def waiting(act: Act) -> list[Appeal]:
    """Provide three appeals to be signed for, the first due first."""
    return [appeal_in(act.later(timedelta(minutes=n)), State.DISPATCHED) for n in range(3)]


def open_line(browser: FlaskClient, address: str, appeal: Appeal) -> str:
    """Return the address of an appeal's line in a list."""
    found = re.search(
        rf'href="(/desk/appeals/{appeal.number}\?[^"]+)"', open_page(browser, address)
    )
    assert found is not None
    return found[1]


def hidden_place(page: str) -> str:
    found = re.search(r'name="list" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_after_a_move_the_next_case_of_the_narrowed_list_is_offered(
    app: Flask, act: Act, waiting: list[Appeal]
) -> None:
    first, second, third = waiting
    browser = browser_of(app, act, ZHAO)
    address = open_line(browser, "/desk/?state=dispatched&lang=en", first)
    sent = {"seen": first.moves_made, "list": hidden_place(open_page(browser, address))}
    answer = browser.post(f"/desk/appeals/{first.number}/sign", data=sent)
    shown = open_page(browser, answer.location)
    assert f"{first.number} is signed for." in shown
    assert f'href="/desk/?state=dispatched#case-{first.id}"' in shown
    following = NEXT.search(shown)
    assert following is not None
    assert f"/appeals/{second.number}?" in following[1]
    again = NEXT.search(open_page(browser, following[1]))
    assert again is not None
    assert f"/appeals/{third.number}?" in again[1]
    assert "This was the last case of the list." in open_page(browser, again[1])


@pytest.mark.parametrize("order", ["due", "-due", "filed", "-filed"])
def test_the_next_case_follows_the_order_of_the_list(
    app: Flask, act: Act, waiting: list[Appeal], order: str
) -> None:
    in_order = waiting[::-1] if order.startswith("-") else waiting
    browser = browser_of(app, act, ZHAO)
    address = open_line(browser, f"/desk/?sort={order}", in_order[0])
    for appeal in in_order[1:]:
        following = NEXT.search(open_page(browser, address))
        assert following is not None
        address = following[1]
        assert f"/appeals/{appeal.number}?" in address


def test_the_day_leads_to_its_next_case_and_back(
    app: Flask, act: Act, waiting: list[Appeal]
) -> None:
    browser = browser_of(app, act, ZHAO)
    shown = open_page(browser, open_line(browser, "/desk/day", waiting[0]))
    assert f'href="/desk/day#case-{waiting[0].id}"' in shown
    following = NEXT.search(shown)
    assert following is not None
    assert f"/appeals/{waiting[1].number}?" in following[1]


@pytest.mark.parametrize(
    "place", ["", "nonsense", "at=~", "state=nowhere&at=x~y", "day=1&at=" + "9" * 2000, "%00=%ff"]
)
def test_a_mangled_place_opens_the_case_all_the_same(
    app: Flask, act: Act, waiting: list[Appeal], place: str
) -> None:
    browser = browser_of(app, act, ZHAO)
    address = f"/desk/appeals/{waiting[0].number}?{urlencode({'list': place})}"
    assert waiting[0].number in open_page(browser, address)


def test_the_next_case_is_none_of_another_department(
    app: Flask, act: Act, waiting: list[Appeal]
) -> None:
    browser = browser_of(app, act, ZHAO)
    address = open_line(browser, "/desk/", waiting[1])
    waiting[2].holder = WATER  # as if it had been taken away
    act.session.commit()
    assert NEXT.search(open_page(browser, address)) is None


@pytest.mark.parametrize("person", [ZHAO, LEADER])
def test_a_place_keeps_page_and_move_within_their_statements(
    app: Flask, act: Act, waiting: list[Appeal], person: Actor
) -> None:
    browser = browser_of(app, act, person)
    address = open_line(browser, "/desk/?state=dispatched", waiting[0])
    with count_statements(act.session) as seen:
        page = open_page(browser, address)
    assert len(seen.statements) <= A_CASE_PAGE, seen.statements
    sent = {"seen": waiting[0].moves_made, "list": hidden_place(page)}
    act.session.expunge_all()
    with count_statements(act.session) as moved:
        answer = browser.post(f"/desk/appeals/{waiting[0].number}/sign", data=sent)
    assert answer.status_code == 303
    assert len(moved.statements) <= A_CHANGE, moved.statements
    assert moved.commits == 1


def test_each_case_of_a_bulk_action_is_a_transaction_of_its_own(
    app: Flask, act: Act, waiting: list[Appeal]
) -> None:
    played(act.later(timedelta(hours=1)), waiting[1], Action.SIGN)
    browser = browser_of(app, act, ZHAO)
    sent = {"number": [each.number for each in waiting], "back": "state=dispatched"}
    with count_statements(act.session) as seen:
        answer = browser.post("/desk/several/sign?lang=en", data=sent)
    assert seen.commits == len(waiting) + len(["the request"])
    refused = answer.text.partition('id="refused"')[2].partition("</section>")[0]
    assert [each.number in refused for each in waiting] == [False, True, False]
    for each in waiting:
        act.session.refresh(each)
    assert [each.state for each in waiting] == [State.SIGNED] * 3


def test_a_bulk_action_from_the_day_leads_back_and_says_what_it_did(
    app: Flask, act: Act, waiting: list[Appeal]
) -> None:
    browser = browser_of(app, act, ZHAO)
    shown = open_page(browser, "/desk/day?lang=en")
    assert shown.count('name="number"') == len(waiting)
    assert 'name="back" value="day=1"' in shown
    sent = {"number": [each.number for each in waiting], "back": "day=1"}
    answer = browser.post("/desk/several/sign", data=sent)
    assert (answer.status_code, answer.location) == (303, "/desk/day")
    after = open_page(browser, "/desk/day?lang=en")
    assert "3 cases are signed for." in after
    assert 'name="number"' not in after, "an officer has nothing more to do in bulk"


def test_a_filter_of_the_list_is_a_chip_that_is_taken_off_alone(
    app: Flask, act: Act, waiting: list[Appeal]
) -> None:
    browser = browser_of(app, act, LEADER)
    shown = open_page(browser, "/desk/?state=dispatched&officer=3&sort=-filed&lang=en")
    assert f"Officer by name: {ZHAO.name}" in shown
    assert (
        'href="/desk/?state=dispatched&sort=-filed" aria-label="Take off: Officer by name"' in shown
    )
    assert waiting[0].number not in shown, "nobody has it yet"


def test_a_bulk_action_reaches_the_whole_list(app: Flask, act: Act, waiting: list[Appeal]) -> None:
    signed = appeal_in(act, State.SIGNED)
    browser = browser_of(app, act, LEADER)
    sent = {"whole": "1", "officer": "3", "back": "state=dispatched&after=x"}
    answer = browser.post("/desk/several/assign?lang=en", data=sent)
    assert answer.status_code == 303
    for each in (*waiting, signed):
        act.session.refresh(each)
    assert [each.assignee for each in (*waiting, signed)] == [3, 3, 3, None]
