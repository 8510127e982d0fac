"""The first contact on one page: signed for, the number recorded and shown, the call recorded."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal, Move
from tests.cast import QIAN, ZHAO
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of, count_statements, open_page

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""
PHONE = "13905320001"
A_CASE_PAGE, A_CHANGE = 18, 24


@pytest.fixture
def fresh(act: Act) -> Appeal:
    return appeal_in(act, State.DISPATCHED, contact_phone=PHONE, contact_email="")


@pytest.fixture
def officer(app: Flask, act: Act, fresh: Appeal) -> FlaskClient:
    assert fresh.number
    return browser_of(app, act, ZHAO)


def address_of(appeal: Appeal) -> str:
    return f"/desk/appeals/{appeal.number}/first-contact"


def state_of(act: Act, appeal: Appeal) -> State:
    act.session.refresh(appeal)
    return appeal.state


def looks(act: Act) -> list[tuple[int | None, str]]:
    shown = AccessLogRow.kind == AccessKind.CONTACT_SHOWN
    rows = act.session.scalars(sa.select(AccessLogRow).where(shown))
    return [(row.appeal_id, row.detail["reason"]) for row in rows]


def last_move(act: Act, appeal: Appeal) -> Move:
    newest = sa.select(Move).where(Move.appeal_id == appeal.id).order_by(Move.seq.desc()).limit(1)
    return act.session.scalars(newest).one()


def test_one_press_signs_for_it_and_shows_the_number_which_is_logged(
    officer: FlaskClient, act: Act, fresh: Appeal
) -> None:
    shown = open_page(officer, address_of(fresh))
    assert PHONE not in shown
    assert 'name="outcome"' not in shown, "nothing is recorded before it is signed for"
    assert looks(act) == []
    sent = {"show": "1", "seen": fresh.moves_made}
    with count_statements(act.session) as seen:
        pressed = officer.post(address_of(fresh), data=sent)
    assert f'href="tel:{PHONE}"' in pressed.text
    assert looks(act) == [(fresh.id, "call")]
    assert len(seen.statements) <= A_CASE_PAGE + A_CHANGE, seen.statements
    act.session.refresh(fresh)
    assert fresh.state is State.SIGNED
    assert PHONE not in open_page(officer, address_of(fresh))


def test_what_is_not_logged_is_not_shown(officer: FlaskClient, act: Act, fresh: Appeal) -> None:
    stale = officer.post(address_of(fresh), data={"show": "1", "seen": fresh.moves_made - 1})
    assert stale.status_code == 409
    assert PHONE not in stale.text
    assert looks(act) == []


def test_a_citizen_who_is_reached_is_recorded_and_the_answer_stands_open(
    officer: FlaskClient, act: Act, fresh: Appeal
) -> None:
    officer.post(address_of(fresh), data={"show": "1", "seen": fresh.moves_made})
    act.session.refresh(fresh)
    sent = {"outcome": "reached", "how": "phone", "words": "已通话", "seen": fresh.moves_made}
    answer = officer.post(address_of(fresh), data={**sent, "list": "state=signed"})
    assert answer.location == (
        f"/desk/appeals/{fresh.number}?list=state%3Dsigned&unfold=answer#do-answer"
    )
    made = last_move(act, fresh)
    assert (made.action, made.facts, made.words) == (Action.CONTACT, {"how": "phone"}, "已通话")
    assert 'id="do-answer" open' in open_page(officer, answer.location.partition("#")[0])


@pytest.mark.parametrize(("outcome", "left"), [("message_left", "yes"), ("no_message", "no")])
def test_a_try_that_fails_is_recorded_as_such(
    officer: FlaskClient, act: Act, fresh: Appeal, outcome: str, left: str
) -> None:
    played(act.later(timedelta(hours=4)), fresh, Action.SIGN)
    act.session.commit()
    sent = {"outcome": outcome, "how": "phone", "seen": fresh.moves_made}
    answer = officer.post(address_of(fresh), data=sent)
    assert answer.location == f"/desk/appeals/{fresh.number}"
    made = last_move(act, fresh)
    assert made.action is Action.TRY_CONTACT
    assert made.facts == {"how": "phone", "message_left": left}
    act.session.refresh(fresh)
    assert fresh.state is State.SIGNED
    assert 'id="tries"' in open_page(officer, address_of(fresh))


def test_the_third_try_on_a_second_day_with_a_message_is_the_contact(app: Flask, act: Act) -> None:
    appeal = appeal_in(act.later(-timedelta(days=8)), State.SIGNED, contact_phone=PHONE)
    for days in (7, 6):
        played(act.later(-timedelta(days=days)), appeal, Action.TRY_CONTACT, message_left="no")
    browser = browser_of(app, act, ZHAO)
    sent = {"outcome": "message_left", "how": "phone", "seen": appeal.moves_made}
    assert browser.post(address_of(appeal), data=sent).status_code == 303
    act.session.refresh(appeal)
    assert appeal.state is State.IN_HAND


def test_without_a_way_to_the_citizen_nobody_has_to_call(app: Flask, act: Act) -> None:
    hidden = appeal_in(act, State.DISPATCHED, contact_phone=PHONE, confidential=True)
    browser = browser_of(app, act, ZHAO)
    pressed = browser.post(address_of(hidden), data={"show": "1", "seen": hidden.moves_made})
    assert PHONE not in pressed.text
    assert looks(act) == []
    assert state_of(act, hidden) is State.SIGNED
    sent = {"outcome": "not_possible", "how": "phone", "seen": hidden.moves_made}
    assert browser.post(address_of(hidden), data=sent).status_code == 303
    assert state_of(act, hidden) is State.IN_HAND


def test_who_left_no_contact_and_comes_to_the_office_is_recorded(app: Flask, act: Act) -> None:
    hidden = appeal_in(act, State.SIGNED, contact_phone=PHONE, confidential=True)
    browser = browser_of(app, act, ZHAO)
    shown = open_page(browser, address_of(hidden))
    assert 'value="visit"' in shown
    assert 'value="no_message"' not in shown, "nobody can be tried who cannot be reached"
    sent = {"outcome": "reached", "how": "visit", "seen": hidden.moves_made}
    assert browser.post(address_of(hidden), data=sent).status_code == 303
    assert last_move(act, hidden).facts["how"] == "visit"


def test_a_refused_call_keeps_what_was_typed(officer: FlaskClient, act: Act, fresh: Appeal) -> None:
    played(act.later(timedelta(hours=4)), fresh, Action.SIGN)
    act.session.commit()
    sent = {
        "outcome": "reached",
        "how": "visit",
        "when": "2020-01-01T09:00",
        "words": "当面说明",
        "seen": fresh.moves_made,
    }
    answer = officer.post(f"{address_of(fresh)}?lang=en", data=sent)
    assert answer.status_code == 422
    assert "The contact must lie between the dispatch and now." in answer.text
    assert "当面说明</textarea>" in answer.text
    assert officer.post(address_of(fresh), data={**sent, "outcome": "x"}).status_code == 404


def test_another_department_finds_nothing(app: Flask, act: Act, fresh: Appeal) -> None:
    browser = browser_of(app, act, QIAN)
    assert browser.get(address_of(fresh)).status_code == 404
    pressed = browser.post(address_of(fresh), data={"show": "1", "seen": fresh.moves_made})
    assert pressed.status_code == 404
    assert looks(act) == []


def test_what_waits_for_no_contact_says_so(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    shown = open_page(browser_of(app, act, ZHAO), f"{address_of(appeal)}?lang=en")
    assert "This appeal does not wait for the first contact." in shown
