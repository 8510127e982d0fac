"""So much and no more is filed from one address, for one contact, and added to one appeal."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts.rate_limits import ADDITIONS_PER_APPEAL
from appeals.domain.states import Action
from appeals.models.appeal import Appeal, Move
from appeals.models.notice import Notice
from tests.factories import file_appeal
from tests.web.citizen_filing import ENGLISH, FORM, file_as_citizen
from tests.web.filing_form import count_rows

FULL = "Too much was sent in a short time"


def send_form(client: FlaskClient, n: int, **more: str) -> int:
    key = f"a-key-that-only-form-{n}-has"
    answer = client.post("/appeals/new", data={**FORM, "form_key": key, **more}, headers=ENGLISH)
    assert (FULL in answer.text) == (answer.status_code == 429)
    assert answer.status_code == 303 or FORM["detail"] in answer.text  # what was typed is kept
    return answer.status_code


def limited_browser(app: Flask, **most: int) -> FlaskClient:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=most)
    return app.test_client()


def test_an_address_files_so_much_in_an_hour(app: Flask, act: Act) -> None:
    client = limited_browser(app, filings_per_address=2)
    assert [send_form(client, n) for n in range(3)] == [303, 303, 429]
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    other = client.post("/appeals/new", data={**FORM, "form_key": "k" * 30}, environ_base=elsewhere)
    assert other.status_code == 303
    assert count_rows(act.session, Appeal) == 3


@pytest.mark.parametrize("contact", [{"contact_phone": "13900001234"}, {"contact_email": "a@b.cn"}])
def test_a_contact_is_told_so_often_in_a_day(app: Flask, act: Act, contact: dict[str, str]) -> None:
    client = limited_browser(app, filings_per_contact=1)
    assert [send_form(client, n, **contact) for n in range(2)] == [303, 429]
    assert send_form(client, 2, contact_phone="13900009999") == 303
    assert count_rows(act.session, Appeal) == 2


@pytest.mark.parametrize("number", ["+447911123456", "053285911111", "13900001234"])
def test_text_messages_go_to_mobiles_of_this_country(act: Act, number: str) -> None:
    file_appeal(act, contact_phone=number, contact_email="")
    told = act.session.scalars(sa.select(Notice.recipient)).all()
    assert told == ([number] if number.startswith("1") else [])


def test_capital_letters_make_no_other_contact(app: Flask, act: Act) -> None:
    client = limited_browser(app, filings_per_contact=1)
    assert [send_form(client, n, contact_email=e) for n, e in enumerate(("a@b.cn", "A@b.CN"))] == [
        303,
        429,
    ]
    assert count_rows(act.session, Appeal) == 1


def test_other_spellings_of_a_number_add_no_more_to_an_appeal(client: FlaskClient) -> None:
    number, _code = file_as_citizen(client)
    spellings = (number, number.lower(), number.replace("-", ""))
    sent = [
        client.post(f"/appeals/{spellings[n % 3]}/add", data={"words": f"more {n}"}).status_code
        for n in range(ADDITIONS_PER_APPEAL.max_tries + 1)
    ]
    assert sent == [303] * ADDITIONS_PER_APPEAL.max_tries + [429]
    changed = {"contact_name": "王", "contact_phone": "13900005678", "confidential": "y"}
    assert client.post(f"/appeals/{number}/change_contact", data=changed).status_code == 429
    odd = f"/appeals/{number.lower()}/change_contact"
    assert client.post(odd, data=changed).status_code == 429


def test_an_appeal_is_added_to_so_often_in_a_day(client: FlaskClient, session: Session) -> None:
    number, _code = file_as_citizen(client)
    sent = [
        client.post(f"/appeals/{number}/add", data={"words": f"more {n}"}, headers=ENGLISH)
        for n in range(ADDITIONS_PER_APPEAL.max_tries + 1)
    ]
    assert {each.status_code for each in sent[:-1]} == {303}
    assert sent[-1].status_code == 429
    assert FULL in sent[-1].text
    assert f"more {ADDITIONS_PER_APPEAL.max_tries}" in sent[-1].text
    added = sa.select(sa.func.count()).where(Move.action == Action.ADD)
    assert session.scalar(added) == ADDITIONS_PER_APPEAL.max_tries
