"""Citizens file, keep the receipt, follow, and make their own moves."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.models.appeal import Appeal
from tests.web.citizen_filing import ENGLISH, FORM, file_as_citizen, text_marked


def test_the_first_page_is_chinese_unless_asked_otherwise(client: FlaskClient) -> None:
    assert 'lang="zh-CN"' in client.get("/").text
    assert "提交诉求" in client.get("/").text
    assert "File an appeal" in client.get("/", headers=ENGLISH).text
    assert "File an appeal" in client.get("/?lang=en").text
    assert "File an appeal" in client.get("/").text  # the switch was remembered


def test_filing_gives_a_receipt_with_number_and_code(client: FlaskClient) -> None:
    number, code = file_as_citizen(client)
    assert number
    assert code
    assert text_marked(client.get("/appeals/receipt").text, "data-query-code") == code


def test_sending_the_form_twice_files_once(client: FlaskClient, session: Session) -> None:
    assert file_as_citizen(client) == file_as_citizen(client)
    assert session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 1


def test_the_same_form_with_other_words_is_refused(client: FlaskClient) -> None:
    file_as_citizen(client)
    answer = client.post("/appeals/new", data={**FORM, "subject": "别的事情"})
    assert answer.status_code == 409
    assert "别的事情" in answer.text


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(
    client: FlaskClient, session: Session
) -> None:
    answer = client.post("/appeals/new", data={**FORM, "kind": "", "contact_email": "wang"})
    assert answer.status_code == 422
    assert "工地每天夜里十一点以后还在施工。" in answer.text
    assert 'href="#kind-0"' in answer.text
    assert 'href="#contact_email"' in answer.text
    assert FORM["form_key"] in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Appeal)) == 0


def test_a_street_of_another_district_is_refused(client: FlaskClient) -> None:
    answer = client.post("/appeals/new", data={**FORM, "street": "370203001"})
    assert answer.status_code == 422
    assert 'href="#street"' in answer.text


def test_number_and_code_open_the_appeal_in_another_browser(
    client: FlaskClient, app: Flask
) -> None:
    number, code = file_as_citizen(client)
    other = app.test_client()
    assert other.get(f"/appeals/{number}").location == "/appeals/follow"
    answer = other.post("/appeals/follow", data={"number": number.lower(), "code": code})
    assert answer.location == f"/appeals/{number}"
    assert "夜间施工噪音" in other.get(answer.location).text


def test_the_link_of_a_text_message_leads_to_the_query_code_with_the_number(
    client: FlaskClient,
) -> None:
    number, _ = file_as_citizen(client)
    answer = client.get(f"/n/{number}", follow_redirects=True)
    assert answer.request.path == "/appeals/follow"
    assert f'value="{number}"' in answer.text


def test_an_unknown_number_and_a_wrong_code_get_the_same_answer(
    client: FlaskClient, app: Flask
) -> None:
    number, code = file_as_citizen(client)
    other = app.test_client()
    wrong = other.post("/appeals/follow", data={"number": number, "code": "0" * 16})
    unknown = other.post("/appeals/follow", data={"number": "26000000000", "code": code})
    assert wrong.status_code == unknown.status_code == 422
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)


def test_the_sixth_wrong_code_within_five_minutes_is_not_compared(
    client: FlaskClient, app: Flask
) -> None:
    number, code = file_as_citizen(client)
    other = app.test_client()
    for _ in range(5):
        wrong = other.post("/appeals/follow", data={"number": number, "code": "0" * 16})
        assert wrong.status_code == 422
    right = other.post("/appeals/follow", data={"number": number, "code": code})
    assert right.status_code == 429
    assert "请5分钟后再试" in right.text


@pytest.mark.parametrize(
    ("address", "status"), [("/", 200), ("/nothing", 404), ("/appeals/a/withdraw", 405)]
)
def test_every_answer_carries_the_headers_and_nothing_inline(
    client: FlaskClient, address: str, status: int
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<style" not in answer.text
    assert re.search(r"\son[a-z]+=", answer.text) is None
    assert re.search(r"\sstyle=", answer.text) is None


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/appeals/new", data=FORM)
    assert answer.status_code == 400
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_health_pages_answer(client: FlaskClient) -> None:
    assert client.get("/health/live").json == {"status": "ok"}
    ready = client.get("/health/ready").json
    assert ready is not None
    assert ready["database"] == "ok"
    assert "appeals_notices_waiting 0.0" in client.get("/metrics").text
