"""The part of the case page for a citizen who calls about an existing appeal (Rules 8)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.cases.citizen_contact import current_contact
from appeals.casework.accounts import rate_limits
from appeals.domain.numbers import derive_code, hash_code
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal, Move
from appeals.models.staff import StaffSession
from tests.cast import CAST, OPERATOR, SUPERVISOR, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, count_statements, open_page

PHONE = "13905320001"
AGO = timedelta(days=1)


@pytest.fixture
def appeal(act: Act) -> Appeal:
    return appeal_in(
        act.later(-AGO), State.IN_HAND, contact_phone=PHONE, contact_name="王芳", contact_email=""
    )


@pytest.fixture
def operator(app: Flask, act: Act, appeal: Appeal) -> FlaskClient:
    assert appeal.state is State.IN_HAND
    return browser_of(app, act, OPERATOR)


def call(appeal: Appeal, move: str, **more: str) -> dict[str, str]:
    given = {"seen": str(appeal.moves_made), "move": move, "channel": "phone"}
    return {**given, "calling_number": "139 0532 0001", **more}


def send_call(browser: FlaskClient, appeal: Appeal, move: str, **more: str) -> str:
    address = f"/centre/appeals/{appeal.number}"
    answer = browser.post(f"{address}/for-caller", data=call(appeal, move, **more))
    assert (answer.status_code, answer.location) == (303, f"{address}?caller=139+0532+0001")
    shown = open_page(browser, answer.location)
    assert 'name="calling_number" type="tel" value="139 0532 0001"' in shown
    return shown


def last_move(act: Act, appeal: Appeal) -> Move:
    act.session.expire_all()
    newest = sa.select(Move).where(Move.appeal_id == appeal.id).order_by(Move.seq.desc()).limit(1)
    return act.session.scalars(newest).one()


def test_an_operator_urges_for_a_caller_and_the_page_says_whom_it_told(
    operator: FlaskClient, act: Act, appeal: Appeal
) -> None:
    shown = send_call(operator, appeal, "urge", words="三天没有人联系。")
    assert f"已代来电市民办理“催办”（{appeal.number}），并已通知" in shown
    assert "市民通过12345热线提出，由诉求中心代办" in shown
    assert "身份核实方式：来电号码与留存号码一致" in shown
    assert last_move(act, appeal).facts == {"channel": "phone", "recognised_by": "kept_number"}


def test_what_was_done_for_her_stands_in_the_citizens_own_timeline(
    app: Flask, operator: FlaskClient, act: Act, appeal: Appeal
) -> None:
    send_call(operator, appeal, "add", words="晚上更吵。")
    act.session.refresh(appeal)
    send_call(operator, appeal, "enquire", words="情绪激动")
    citizen = app.test_client()
    code = operator.post(
        f"/centre/appeals/{appeal.number}/for-caller", data=call(last(act, appeal), "new_code")
    ).text
    opened = code.partition("data-query-code>")[2].partition("<")[0]
    citizen.post("/appeals/follow", data={"number": appeal.number, "code": opened})
    shown = open_page(citizen, f"/appeals/{appeal.number}")
    assert "您通过12345热线补充了内容，由诉求中心代为登记" in shown
    assert "晚上更吵。" in shown
    assert "您通过12345热线查询了办理进展" in shown
    assert "情绪激动" not in shown
    assert "您通过12345热线补发了查询码" in shown


def last(act: Act, appeal: Appeal) -> Appeal:
    act.session.refresh(appeal)
    return appeal


REFUSED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("withdraw", {"calling_number": "", "name_and_address": "y"}, "recognised_by"),
    ("urge", {"calling_number": "13905320009"}, "calling_number"),
    ("urge", {"calling_number": ""}, "calling_number"),
    ("urge", {"query_code": "wrong"}, "query_code"),
    ("add", {}, "words"),
    ("change_contact", {"contact_phone": "12"}, "contact_phone"),
)
"""What is refused, and the field that the page names."""


@pytest.mark.parametrize("refused", REFUSED)
def test_a_refused_call_keeps_what_was_typed_and_changes_nothing(
    operator: FlaskClient, act: Act, appeal: Appeal, refused: tuple[str, dict[str, str], str]
) -> None:
    move, given, field = refused
    words = {} if field == "words" else {"words": "市民很着急。"}
    address = f"/centre/appeals/{appeal.number}/for-caller"
    answer = operator.post(address, data=call(appeal, move, **words, **given))
    assert answer.status_code == 422
    assert 'id="for-caller" open' in answer.text
    assert "govuk-error-summary" in answer.text
    if field != "recognised_by":
        assert f'id="caller-{field}-error"' in answer.text
    assert all(text in answer.text for text in words.values())
    assert last_move(act, appeal).action is Action.CONTACT


def test_wrong_codes_of_an_operator_are_limited_for_each_appeal(
    app: Flask, operator: FlaskClient, act: Act, appeal: Appeal
) -> None:
    code = derive_code(act.secret, "a form key", 0)
    appeal.code_hash = hash_code(act.secret, appeal.number, code)
    act.session.commit()
    address = f"/centre/appeals/{appeal.number}/for-caller"

    def answer_to(browser: FlaskClient, typed: str, move: str = "enquire") -> int:
        sent = call(last(act, appeal), move, query_code=typed, calling_number="")
        return browser.post(address, data=sent).status_code

    assert answer_to(operator, code, "add") == 422, "no words: not counted"
    most = rate_limits.CODES_PER_OPERATOR.max_tries
    assert [answer_to(operator, "wrong") for _ in range(most - 1)] == [422] * (most - 1)
    assert answer_to(operator, code) == 303
    assert answer_to(operator, "wrong") == 422
    assert answer_to(operator, code) == 429
    assert last_move(act, appeal).action is Action.ENQUIRE
    assert answer_to(browser_of(app, act, SUPERVISOR), code) == 303
    by_number = operator.post(address, data=call(last(act, appeal), "enquire"))
    assert by_number.status_code == 303


def test_a_call_about_an_appeal_that_moved_says_what_happened(
    operator: FlaskClient, act: Act, appeal: Appeal
) -> None:
    sent = call(appeal, "add", words="晚上更吵。", seen=str(appeal.moves_made - 1))
    answer = operator.post(f"/centre/appeals/{appeal.number}/for-caller", data=sent)
    assert answer.status_code == 409
    assert 'id="since"' in answer.text
    assert "晚上更吵。" in answer.text
    assert last_move(act, appeal).action is Action.CONTACT


def test_a_call_sent_after_the_session_ended_is_shown_again(
    app: Flask, operator: FlaskClient, act: Act, appeal: Appeal
) -> None:
    act.session.execute(sa.update(StaffSession).values(ended_at=act.now))
    act.session.commit()
    sent = operator.post(
        f"/centre/appeals/{appeal.number}/for-caller", data=call(appeal, "add", words="晚上更吵。")
    )
    assert sent.status_code == 302
    assert "%23for-caller" in sent.location
    held = sent.location.partition("held%3D")[2].partition("%23")[0]
    again = browser_of(app, act, CAST[Role.OPERATOR])
    shown = open_page(again, f"/centre/appeals/{appeal.number}?held={held}")
    assert "晚上更吵。</textarea>" in shown
    assert 'value="139 0532 0001"' in shown
    assert 'id="for-caller" open' in shown


def test_an_officer_has_no_part_for_callers(app: Flask, act: Act, appeal: Appeal) -> None:
    browser = browser_of(app, act, ZHAO)
    assert "for-caller" not in open_page(browser, f"/desk/appeals/{appeal.number}")
    answer = browser.post(f"/centre/appeals/{appeal.number}/for-caller", data=call(appeal, "urge"))
    assert answer.status_code == 403


def test_an_unknown_move_for_a_caller_is_not_found(operator: FlaskClient, appeal: Appeal) -> None:
    for move in ("dispatch", "", "nothing"):
        address = f"/centre/appeals/{appeal.number}/for-caller"
        assert operator.post(address, data=call(appeal, move)).status_code == 404


def test_a_move_for_a_caller_takes_at_most_twenty_four_statements(
    app: Flask, act: Act, appeal: Appeal
) -> None:
    browser = browser_of(app, act, SUPERVISOR)
    with count_statements(act.session) as sent:
        browser.post(
            f"/centre/appeals/{appeal.number}/for-caller", data=call(appeal, "urge", words="快办")
        )
    assert len(sent.statements) <= 24, sent.statements
    assert sent.commits == 1


def test_the_desk_marks_how_often_an_open_case_was_urged(
    app: Flask, operator: FlaskClient, act: Act, appeal: Appeal
) -> None:
    officer = browser_of(app, act, ZHAO)
    assert "催办" not in open_page(officer, "/desk/")
    send_call(operator, appeal, "urge")
    send_call(operator, last(act, appeal), "urge")
    assert "催办2次" in open_page(officer, "/desk/")


def test_a_contact_is_changed_for_a_caller_and_the_rest_stays(
    operator: FlaskClient, act: Act, appeal: Appeal
) -> None:
    shown = send_call(operator, appeal, "change_contact", contact_name="王小芳", confidential="yes")
    assert last_move(act, appeal).action is Action.CHANGE_CONTACT
    assert f"已代来电市民办理“更改联系方式和保密设置”（{appeal.number}）。" in shown
    contact = current_contact(act, appeal)
    assert (contact.name, contact.phone, appeal.confidential) == ("王小芳", PHONE, True)
    again = send_call(operator, last(act, appeal), "change_contact", contact_name="王小芳")
    assert "与现有联系方式相同，未作更改。" in again
