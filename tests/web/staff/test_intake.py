"""Intake on one page: her number, her earlier appeals, the category by words, an answer."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.search.search_index import index_marked_appeals
from appeals.domain.states import State
from appeals.domain.vocabulary import AccessKind
from appeals.models.access_log import AccessLogRow
from appeals.models.appeal import Appeal, Move
from tests.cast import OPERATOR, ZHAO
from tests.factories import appeal_in, file_appeal
from tests.restricted import CONDUCT, add_conduct
from tests.web.staff_browser import browser_of, open_page

PHONE = "13905320001"
CALL = {
    "form_key": "the one-time key of this form",
    "channel": "phone",
    "kind": "consultation",
    "category": "urban.noise",
    "subject": "夜间施工",
    "detail": "夜间几点以后不能施工？",
    "contact_phone": PHONE,
}


@pytest.fixture
def operator(app: Flask, act: Act) -> FlaskClient:
    return browser_of(app, act, OPERATOR)


def filed(act: Act) -> Appeal:
    act.session.expire_all()
    return act.session.scalars(sa.select(Appeal).order_by(Appeal.id.desc()).limit(1)).one()


def test_a_telephone_system_opens_the_page_with_the_callers_appeals(app: Flask, act: Act) -> None:
    before = act.later(-timedelta(days=1))
    running = appeal_in(before, State.SIGNED, contact_phone=PHONE, contact_name="王芳")
    closed = appeal_in(before.later(-timedelta(days=9)), State.CLOSED, contact_phone=PHONE)
    shown = open_page(browser_of(app, act, OPERATOR), f"/centre/new?caller=+86{PHONE}")
    assert shown.count('class="earlier__item"') == 2
    own = {
        each.number: shown.partition(f">{each.number}</a>")[2].partition("</li>")[0]
        for each in (running, closed)
    }
    assert 'value="urge"' in own[running.number]
    assert 'value="add"' in own[running.number]
    assert 'value="urge"' not in own[closed.number]
    assert 'value="enquire"' in own[closed.number]
    assert 'name="contact_name" type="text" value="王芳"' in shown
    looked = sa.select(AccessLogRow).where(AccessLogRow.kind == AccessKind.PHONE_LOOKED_UP)
    assert len(act.session.scalars(looked).all()) == 1


def test_an_enquiry_is_recorded_beside_the_list_and_opens_the_case(app: Flask, act: Act) -> None:
    appeal = appeal_in(act.later(-timedelta(days=1)), State.SIGNED, contact_phone=PHONE)
    browser = browser_of(app, act, OPERATOR)
    answer = browser.post(
        f"/centre/appeals/{appeal.number}/for-caller",
        data={
            "seen": str(appeal.moves_made),
            "channel": "phone",
            "calling_number": f"+86{PHONE}",
            "words": "",
            "move": "enquire",
        },
    )
    assert answer.location == f"/centre/appeals/{appeal.number}?caller=%2B86{PHONE}"
    assert "已代来电市民办理“登记查询”" in open_page(browser, answer.location)


def test_no_number_in_the_address_looks_nobody_up(operator: FlaskClient) -> None:
    for address in ("/centre/new", "/centre/new?caller=", "/centre/new?caller=%20"):
        assert "earlier-list" not in open_page(operator, address)


def test_words_find_the_category_as_on_the_citizens_page(operator: FlaskClient) -> None:
    given = {**CALL, "category": "", "find": "噪音", "topics": "1"}
    shown = operator.post("/centre/new", data=given)
    assert shown.status_code == 200
    options = shown.text.partition('id="category"')[2].partition("</select>")[0]
    assert options.index("匹配的类别") < options.index('value="urban.noise" selected')
    assert 'value="夜间施工"' in shown.text
    found = operator.get("/centre/topics?find=噪音").get_json()
    assert found["topics"][0][0] == "urban.noise"
    nothing = operator.post("/centre/new", data={**given, "find": "zzz"})
    assert "没有匹配的类别" in nothing.text


def test_the_street_brings_its_district(operator: FlaskClient, act: Act) -> None:
    operator.post("/centre/new", data={**CALL, "street": "370202001", "district": "370203"})
    appeal = filed(act)
    assert (appeal.district, appeal.street) == ("370202", "370202001")


def test_the_operator_marks_an_appeal_urgent(operator: FlaskClient, act: Act) -> None:
    operator.post("/centre/new", data={**CALL, "urgent": "y"})
    assert (filed(act).urgent, filed(act).state) == (True, State.ACCEPTED)


def test_a_consultation_is_filed_and_answered_on_the_same_page(
    operator: FlaskClient, act: Act
) -> None:
    given = {**CALL, "reply": "二十二时至次日六时不得施工。", "answer": "1"}
    answer = operator.post("/centre/new", data=given)
    assert answer.status_code == 200
    appeal = filed(act)
    assert appeal.state is State.ANSWERED_ON_SPOT
    assert appeal.number in answer.text
    words = sa.select(Move.words).where(Move.appeal_id == appeal.id, Move.seq == 2)
    assert act.session.scalars(words).one() == "二十二时至次日六时不得施工。"
    again = operator.post("/centre/new", data=given)
    assert appeal.number in again.text
    assert filed(act).id == appeal.id


def test_answering_without_an_answer_keeps_the_form_and_files_nothing(
    operator: FlaskClient, act: Act
) -> None:
    answer = operator.post("/centre/new", data={**CALL, "answer": "1"})
    assert answer.status_code == 422
    assert "请填写答复内容。" in answer.text
    assert 'value="夜间施工"' in answer.text
    assert act.session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 0


def test_an_officer_searches_no_categories(app: Flask, act: Act) -> None:
    assert browser_of(app, act, ZHAO).get("/centre/topics?find=噪音").status_code == 403


LIGHT = {"subject": "香港中路路灯不亮", "detail": "路口三盏路灯不亮。"}


def similar_part(page: str) -> str:
    """Return what the intake page says of similar appeals."""
    return page.partition('id="similar-appeals"')[2].partition("</div>")[0]


def test_similar_appeals_are_shown_at_the_intake_and_nothing_is_filed(app: Flask, act: Act) -> None:
    act = act.at(datetime.now(UTC))
    appeal = file_appeal(act.later(-timedelta(days=2)), **LIGHT).appeal
    index_marked_appeals(act)
    operator = browser_of(app, act, OPERATOR)
    given = {**CALL, "subject": "路灯不亮", "detail": "香港中路的路灯坏了", "street": "370202001"}
    shown = operator.post("/centre/new", data={**given, "similar": "1"})
    part = similar_part(shown.text)
    assert shown.status_code == 200
    assert f">{appeal.number}</a>" in part
    assert "同一街道；早2天提交；共同词语：" in part
    assert 'value="路灯不亮"' in shown.text
    assert filed(act).id == appeal.id
    other = operator.post("/centre/new", data={**CALL, "subject": "暖气", "similar": "1"})
    assert "近30天没有相似诉求。" in similar_part(other.text)


def test_nothing_is_said_of_similar_appeals_before_words_are_typed(operator: FlaskClient) -> None:
    assert similar_part(open_page(operator, "/centre/new")).count("<") == 0
    empty = {**CALL, "subject": "", "detail": "", "similar": "1"}
    assert similar_part(operator.post("/centre/new", data=empty).text).count("<") == 0


def test_the_words_of_a_restricted_matter_are_not_compared(app: Flask, act: Act) -> None:
    act = act.at(datetime.now(UTC))
    add_conduct(act)
    file_appeal(act, **LIGHT)
    index_marked_appeals(act)
    operator = browser_of(app, act, OPERATOR)
    given = {**CALL, **LIGHT, "category": CONDUCT, "similar": "1"}
    assert similar_part(operator.post("/centre/new", data=given).text).count("<") == 0
