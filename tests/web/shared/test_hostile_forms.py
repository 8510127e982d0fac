"""Forms made to break or to stop the website: refused before anybody spends time on them."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session
from wtforms import Field, StringField
from wtforms.form import BaseForm

from appeals.act import Act
from appeals.addresses.email_addresses import MAX_EMAIL_CHARACTERS
from appeals.casework.handling.moves import make_move
from appeals.domain.states import Action, State
from appeals.models.attachment import Draft
from appeals.web.shared.form_checks import MAX_FORM_BYTES, MAX_FORM_FIELDS
from appeals.web.shared.text_fields import MaxCharacters, PageForm
from tests.cast import LEADER, ZHAO
from tests.factories import appeal_in
from tests.web.citizen_filing import ENGLISH, FORM
from tests.web.filing_form import send_page
from tests.web.staff_browser import browser_of, open_page

URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("address", ["/appeals/follow", "/nowhere"])
@pytest.mark.parametrize(
    "body", [b"detail=" + b"a" * MAX_FORM_BYTES, b"&".join([b"a"] * (MAX_FORM_FIELDS + 1))]
)
def test_a_large_form_without_files_is_refused(
    client: FlaskClient, address: str, body: bytes
) -> None:
    answer = client.post(address, data=body, content_type=URLENCODED)
    assert answer.status_code == 413
    assert len(answer.data) < MAX_FORM_BYTES


def test_a_draft_larger_than_a_form_is_not_stored(client: FlaskClient, session: Session) -> None:
    assert send_page(client, "what", detail="长" * MAX_FORM_BYTES).status_code == 413
    assert session.scalars(sa.select(Draft)).all() == []


def test_an_address_that_is_too_long_is_not_even_read(client: FlaskClient) -> None:
    marks = "\u0300\u0316" * MAX_EMAIL_CHARACTERS  # what normalising takes quadratic time for
    answer = client.post(
        "/appeals/new", data={**FORM, "contact_email": f"e{marks}@b.com"}, headers=ENGLISH
    )
    assert answer.status_code == 422
    assert answer.text.count("Our mail server cannot write to an address") == 2


def test_no_other_check_reads_a_text_that_is_too_long(app: Flask) -> None:
    def read_on(form: BaseForm, field: Field) -> None:
        pytest.fail(f"{field.name} of {form} was read")

    class Short(PageForm):
        line = StringField(validators=[MaxCharacters(5), read_on])

    with app.test_request_context("/?lang=en", method="POST", data={"line": "123456"}):
        form = Short(meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {"line": ["At most 5 characters: there are 1 too many."]}


def test_a_long_telephone_is_refused_unread(client: FlaskClient) -> None:
    typed = {**FORM, "contact_phone": f"1{' ' * 100_000}x"}
    answer = client.post("/appeals/new", data=typed, headers=ENGLISH)
    assert answer.status_code == 422
    assert "At most 200 characters: there are 99802 too many." in answer.text


def test_an_officer_is_named_by_plain_digits_alone(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    strange = "".join(chr(ord(digit) + 0xFEE0) for digit in str(ZHAO.staff_id))
    leader = browser_of(app, act, LEADER)
    refused = leader.post(
        "/desk/several/assign", data={"number": appeal.number, "officer": strange}
    )
    assert refused.status_code == 409
    assert appeal.number in open_page(leader, f"/desk/appeals/{appeal.number}")


def test_no_move_breaks_the_page_of_its_case(app: Flask, act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    make_move(act, appeal, Action.ASSIGN, {"officer": "７"})  # the system names whom it likes
    assert appeal.number in open_page(
        browser_of(app, act, LEADER), f"/desk/appeals/{appeal.number}"
    )


def test_a_link_of_ours_leads_to_no_other_site(client: FlaskClient) -> None:
    """The client takes what follows two slashes for the host, and that host is not ours."""
    answers = {"/%5Cevil.example/x": 404, "/%09/evil.example/x": 404, "//evil.example/x": 421}
    for address, status in answers.items():
        shown = client.get(address)
        assert shown.status_code == status
        assert "/evil.example" not in shown.text.replace("%5Cevil", "").replace("%09/evil", "")


def test_an_error_of_the_database_names_no_words(session: Session) -> None:
    with pytest.raises(ProgrammingError) as failed, session.begin_nested():
        session.execute(sa.text("SELECT nowhere WHERE :words = 'x'"), {"words": "a canary"})
    assert "canary" not in str(failed.value)
