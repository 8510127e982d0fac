"""The receipt and the appeal open for one browser and a while, and a copy of its cookies ends."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.handling.citizen_sessions import RESUBMISSION_WINDOW, SESSION_LIFETIME
from appeals.models.appeal import Appeal
from appeals.models.citizen import OpenedAppeal
from tests.cast import DISPATCHER, OPERATOR
from tests.photos import jpeg
from tests.web.citizen_filing import FORM, file_as_citizen, text_marked
from tests.web.filing_form import FORM_KEY, PAGES, fill_pages, send_page
from tests.web.staff_browser import browser_of

HOUR = timedelta(hours=1)
ANOTHER_KEY = "a-key-of-another-form-of-hers"
CALLER = {**FORM, "channel": "phone", "language": "zh", "form_key": "a-key-of-the-operators-form"}


def copy_of(client: FlaskClient, app: Flask) -> FlaskClient:
    """Return another browser into which all cookies of this one were copied."""
    copy = app.test_client()
    for cookie in (client._cookies or {}).values():
        copy.set_cookie(cookie.key, cookie.value)
    return copy


def pass_time(act: Act, passed: timedelta) -> None:
    """Move what was filed and opened back in time."""
    for column in (Appeal.filed_at, OpenedAppeal.opened_at, OpenedAppeal.receipt_until):
        earlier = {column.key: column - passed}
        act.session.execute(sa.update(column.class_).values(earlier))
    act.session.commit()


ATTACKS: dict[str, dict[str, object]] = {
    "the whole form again": {**FORM},
    "the whole form with other words": {**FORM, "subject": "别的事"},
    "its last page": {"form_key": FORM_KEY, "step": "check", "go": "send"},
    "another of its pages": {"form_key": FORM_KEY, "step": "what", **PAGES["what"]},
    "a photo": {"form_key": FORM_KEY, "step": "photos", "go": "where", "attachments": "photo"},
    "the whole form with a photo": {**FORM, "attachments": "photo"},
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_key_of_a_form_tells_another_browser_neither_number_nor_code(
    app: Flask, client: FlaskClient, attack: str
) -> None:
    number, code = file_as_citizen(client)
    sent = dict(ATTACKS[attack])
    if "attachments" in sent:
        sent["attachments"] = (io.BytesIO(jpeg(1)), "a.jpg")
    stranger = app.test_client()
    answer = stranger.post("/appeals/new", data=sent, follow_redirects=True)
    for text in (answer.text, stranger.get("/appeals/receipt", follow_redirects=True).text):
        assert number not in text
        assert code not in text
    assert stranger.get(f"/appeals/{number}").location == "/appeals/follow"


def test_a_new_browser_with_the_key_of_a_form_is_asked_for_number_and_code(
    app: Flask, client: FlaskClient
) -> None:
    fill_pages(client, *PAGES)
    send_page(client, "check", go="send")
    page = send_page(app.test_client(), "check", go="send")
    assert page.request.path == "/appeals/follow"
    assert "这份表单已经提交过" in page.text


@pytest.mark.parametrize("end", ["/appeals/forget", "/sign-out"])
def test_a_copied_cookie_opens_nothing_after_the_session_has_ended(
    app: Flask, client: FlaskClient, end: str
) -> None:
    number, _code = file_as_citizen(client)
    copy = copy_of(client, app)
    assert copy.get(f"/appeals/{number}").status_code == 200
    assert client.post(end).status_code in {302, 303}
    assert copy.get(f"/appeals/{number}").location == "/appeals/follow"
    assert copy.get("/appeals/receipt").location == "/appeals/follow"
    assert copy.get("/appeals/receipt/qr.svg").status_code == 404
    assert copy.post(f"/appeals/{number}/withdraw").status_code == 404
    again = copy.post("/appeals/new", data=FORM)
    assert (again.status_code, number in again.text) == (409, False)


def test_a_cookie_copied_before_the_next_citizen_files_opens_nothing_of_hers(
    app: Flask, client: FlaskClient
) -> None:
    client.get("/appeals/new")
    planted = copy_of(client, app)
    number, _code = file_as_citizen(client)
    assert client.get(f"/appeals/{number}").status_code == 200
    assert planted.get(f"/appeals/{number}").location == "/appeals/follow"
    assert planted.get("/appeals/receipt").location == "/appeals/follow"


def test_a_cookie_copied_before_the_next_citizen_gives_her_code_opens_nothing_of_hers(
    app: Flask, client: FlaskClient
) -> None:
    number, code = file_as_citizen(client)
    library = app.test_client()
    library.get("/appeals/new")
    planted = copy_of(library, app)
    library.post("/appeals/follow", data={"number": number, "code": code})
    assert library.get(f"/appeals/{number}").status_code == 200
    assert planted.get(f"/appeals/{number}").location == "/appeals/follow"


def test_the_session_is_new_with_a_new_form_and_opens_what_the_old_one_did(
    app: Flask, client: FlaskClient
) -> None:
    number, code = file_as_citizen(client)
    copy = copy_of(client, app)
    client.get("/appeals/new")
    assert client.get(f"/appeals/{number}").status_code == 200
    assert code in client.get("/appeals/receipt").text
    assert copy.get(f"/appeals/{number}").location == "/appeals/follow"
    assert copy.get("/appeals/receipt").location == "/appeals/follow"
    before = copy_of(client, app)
    other, _code = file_as_citizen(client, form_key=ANOTHER_KEY, subject="别的事")
    for each in (number, other):
        assert client.get(f"/appeals/{each}").status_code == 200
        assert before.get(f"/appeals/{each}").location == "/appeals/follow"


@pytest.mark.parametrize("form", ["whole", "last page"])
def test_who_presses_again_because_the_answer_was_lost_gets_receipt_and_appeal(
    app: Flask, client: FlaskClient, act: Act, form: str
) -> None:
    client.get("/appeals/new")
    fill_pages(client, *PAGES)
    sent = FORM if form == "whole" else {"form_key": FORM_KEY, "step": "check", "go": "send"}
    twice, late = copy_of(client, app), copy_of(client, app)  # what her browser held
    first = client.post("/appeals/new", data=sent, follow_redirects=True)
    number, code = (
        text_marked(first.text, "data-appeal-number"),
        text_marked(first.text, "data-query-code"),
    )
    assert twice.get(f"/appeals/{number}").location == "/appeals/follow"
    for _press in range(2):
        again = twice.post("/appeals/new", data=sent, follow_redirects=True)
        assert text_marked(again.text, "data-query-code") == code
        assert twice.get(f"/appeals/{number}").status_code == 200
    pass_time(act, RESUBMISSION_WINDOW)
    refused = late.post("/appeals/new", data=sent, follow_redirects=True)
    assert number not in refused.text
    assert code not in refused.text
    assert code in twice.get("/appeals/receipt").text  # for its hour
    assert code in client.get("/appeals/receipt").text


def test_who_goes_back_because_the_answer_was_lost_gets_receipt_and_appeal(
    app: Flask, client: FlaskClient
) -> None:
    client.get("/appeals/new")
    last = fill_pages(client, *PAGES).request.full_path
    before = copy_of(client, app)  # what her browser held
    first = send_page(client, "check", go="send")
    number = text_marked(first.text, "data-appeal-number")
    shown = before.get(last, follow_redirects=True)
    assert text_marked(shown.text, "data-query-code") == text_marked(first.text, "data-query-code")
    assert before.get(f"/appeals/{number}").status_code == 200


def test_what_was_opened_two_days_ago_is_open_no_more_whether_the_worker_tidies_or_not(
    client: FlaskClient, act: Act
) -> None:
    number, _code = file_as_citizen(client)
    pass_time(act, SESSION_LIFETIME - HOUR)
    assert client.get(f"/appeals/{number}").status_code == 200
    client.get("/appeals/new")  # a new session opens it no longer than the old one did
    pass_time(act, HOUR)
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"
    client.get("/appeals/new")
    assert client.get(f"/appeals/{number}").location == "/appeals/follow"


def test_forgetting_an_appeal_ends_it_at_the_server_too(app: Flask, client: FlaskClient) -> None:
    number, code = file_as_citizen(client)
    library = app.test_client()
    library.post("/appeals/follow", data={"number": number, "code": code})
    copy = copy_of(library, app)
    assert copy.get(f"/appeals/{number}").status_code == 200
    assert copy.get("/appeals/receipt").location == "/appeals/follow"
    library.post("/appeals/forget")
    assert copy.get(f"/appeals/{number}").location == "/appeals/follow"
    assert client.get(f"/appeals/{number}").status_code == 200  # another browser goes on


@pytest.mark.parametrize("passed", [HOUR, timedelta(days=1)])
def test_the_receipt_ends_an_hour_after_filing_however_often_it_is_asked_for(
    client: FlaskClient, act: Act, passed: timedelta
) -> None:
    number, code = file_as_citizen(client)
    pass_time(act, passed / 2)
    again = client.post("/appeals/new", data=FORM, follow_redirects=True)
    assert (code in again.text) is (passed == HOUR)
    pass_time(act, passed / 2)
    assert client.get("/appeals/receipt").location == "/appeals/follow"
    late = client.post("/appeals/new", data=FORM)
    assert late.status_code == 409
    assert code not in late.text
    assert number in late.text  # this browser may open the appeal itself
    assert client.get(f"/appeals/{number}").status_code == 200


def test_an_operators_form_shows_the_code_again_to_the_same_operator_for_an_hour(
    app: Flask, act: Act
) -> None:
    operator, other = browser_of(app, act, OPERATOR), browser_of(app, act, DISPATCHER)
    code = text_marked(operator.post("/centre/new", data=CALLER).text, "data-query-code")
    again = operator.post("/centre/new", data=CALLER)
    assert text_marked(again.text, "data-query-code") == code
    refused = other.post("/centre/new", data=CALLER)
    assert (refused.status_code, code in refused.text) == (409, False)
    pass_time(act, HOUR)
    late = operator.post("/centre/new", data=CALLER)
    assert (late.status_code, code in late.text) == (409, False)


def test_the_receipt_is_shown_to_the_browser_that_filed_and_no_other(
    app: Flask, client: FlaskClient
) -> None:
    file_as_citizen(client)
    assert "data-query-code" in client.get("/appeals/receipt").text
    assert app.test_client().get("/appeals/receipt").location == "/appeals/follow"


def test_a_receipt_that_the_release_before_promised_is_shown_until_its_hour_is_over(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    file_as_citizen(client)
    old = app.test_client()
    for until, is_shown in ((1, True), (-1, False)):
        with old.session_transaction() as kept:
            kept["receipt"] = FORM["form_key"], int(act.now.timestamp()) + 60 * until
        assert ("data-query-code" in old.get("/appeals/receipt").text) is is_shown
