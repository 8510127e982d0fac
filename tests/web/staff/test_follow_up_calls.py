"""Follow-up calls: the number by a recorded press, one form, then the next."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal, Move
from appeals.models.handling import Round
from appeals.models.staff import StaffSession
from tests.cast import CAST, OPERATOR, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, count_statements, open_page

PHONE = "13905320001"


@pytest.fixture
def closed(act: Act) -> list[Appeal]:
    """Provide two closed appeals, the first due first."""
    return [
        appeal_in(
            act.later(-timedelta(days=days)), State.CLOSED, contact_phone=PHONE, contact_email=""
        )
        for days in (3, 2)
    ]


@pytest.fixture
def operator(app: Flask, act: Act, closed: list[Appeal]) -> FlaskClient:
    assert len(closed) == 2
    return browser_of(app, act, OPERATOR)


def address_of(appeal: Appeal) -> str:
    return f"/centre/follow-up/{appeal.number}"


def looks(act: Act) -> int:
    shown = sa.select(sa.func.count()).where(AccessLogRow.kind == AccessKind.CONTACT_SHOWN)
    return act.session.scalar(shown.select_from(AccessLogRow)) or 0


def test_the_number_is_shown_by_one_press_that_is_recorded(
    operator: FlaskClient, act: Act, closed: list[Appeal]
) -> None:
    assert operator.get("/centre/follow-up").location == address_of(closed[0])
    shown = open_page(operator, address_of(closed[0]))
    assert PHONE not in shown
    assert "****0001" in shown
    assert looks(act) == 0
    pressed = operator.post(address_of(closed[0]), data={"show": "1", "words": "先记下"})
    assert f'href="tel:{PHONE}"' in pressed.text
    assert "先记下</textarea>" in pressed.text
    assert looks(act) == 1


def test_the_answers_are_recorded_and_the_next_call_opens(
    operator: FlaskClient, act: Act, closed: list[Appeal]
) -> None:
    first, second = closed
    given = {"seen": str(first.moves_made), "solved": "yes", "satisfaction": "4", "words": "谢谢"}
    answer = operator.post(address_of(first), data={**given, "outcome": "reached"})
    assert (answer.status_code, answer.location) == (303, address_of(second))
    act.session.expire_all()
    heard = act.session.scalars(sa.select(Round).where(Round.appeal_id == first.id)).one()
    assert (heard.solved, heard.satisfaction) == ("yes", "4")
    assert f"已登记{first.number}的回访结果" in open_page(operator, answer.location)
    last = {"seen": str(second.moves_made), "outcome": "refused"}
    ended = operator.post(address_of(second), data=last)
    assert ended.location == "/centre/?queue=follow-up"


def test_after_a_call_that_nobody_answered_the_next_one_opens(
    operator: FlaskClient, closed: list[Appeal]
) -> None:
    given = {"seen": str(closed[0].moves_made), "outcome": "no_answer"}
    assert operator.post(address_of(closed[0]), data=given).location == address_of(closed[1])


@pytest.mark.parametrize("outcome", ["reached", "", "nonsense"])
def test_a_refused_follow_up_keeps_what_was_typed(
    operator: FlaskClient, act: Act, closed: list[Appeal], outcome: str
) -> None:
    given = {"seen": str(closed[0].moves_made), "outcome": outcome, "words": "市民在开会"}
    answer = operator.post(address_of(closed[0]), data=given)
    assert answer.status_code == 422
    assert "市民在开会</textarea>" in answer.text
    made = sa.select(sa.func.count()).select_from(Move).where(Move.action == Action.FOLLOW_UP)
    assert act.session.scalar(made) == 0


def test_a_follow_up_sent_after_the_session_ended_is_shown_again(
    app: Flask, operator: FlaskClient, act: Act, closed: list[Appeal]
) -> None:
    act.session.execute(sa.update(StaffSession).values(ended_at=act.now))
    act.session.commit()
    given = {"seen": "1", "outcome": "reached", "solved": "no", "words": "还没修好"}
    sent = operator.post(address_of(closed[0]), data=given)
    held = sent.location.partition("held%3D")[2]
    shown = open_page(
        browser_of(app, act, CAST[Role.OPERATOR]), f"{address_of(closed[0])}?held={held}"
    )
    assert "还没修好</textarea>" in shown
    assert 'value="no" checked' in shown


def test_an_appeal_that_waits_for_no_follow_up_says_so(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    browser = browser_of(app, act, OPERATOR)
    assert "该诉求不需要回访。" in open_page(browser, address_of(appeal))
    assert browser.get("/centre/follow-up").location == "/centre/?queue=follow-up"
    assert browser_of(app, act, ZHAO).get(address_of(appeal)).status_code == 403


def test_a_follow_up_takes_few_statements(
    operator: FlaskClient, act: Act, closed: list[Appeal]
) -> None:
    with count_statements(act.session) as page:
        open_page(operator, address_of(closed[0]))
    assert len(page.statements) <= 18, page.statements
    given = {"seen": str(closed[0].moves_made), "outcome": "reached", "solved": "yes"}
    with count_statements(act.session) as move:
        operator.post(address_of(closed[0]), data=given)
    assert len(move.statements) <= 24, move.statements
