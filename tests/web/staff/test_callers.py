"""Who called before: however a number was written, wherever the appeal came from."""

import html
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.cases.driver import MoveRequest
from appeals.casework.erasure.erasure import erase_appeals
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.casework.handling.telephone_columns import fill_telephone_columns
from appeals.domain.moves.context import IMPORTED
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ErasedBy
from appeals.models.appeal import Appeal, ContactVersion, Statement
from tests.cast import OPERATOR
from tests.factories import a_filing, appeal_in
from tests.web.citizen_filing import FORM, file_as_citizen
from tests.web.staff.test_centre import CALL
from tests.web.staff_browser import browser_of

AGO = timedelta(days=1)
"""How long before a browser looks the tests' own acts lie."""

MOBILE = "138-0013-7001"
LOOK = {"look": "1", "form_key": "the one-time key of this form"}
FOUND = {
    "13800137001": MOBILE,
    "+86 138 0013 7001": MOBILE,
    "１３８００１３７００１": MOBILE,
    "0086-13800137001": MOBILE,
    "85911234": "0532-85911234",
    "0532-85911234": "8591 1234",
    "(0532)85911234": "85911234转801",
    "85911234-801": "0532-85911234 分机801",
    "+8653285911234": "053285911234",
    "+852 2123 4567": "00852-21234567",
    "家里没有电话": "家里没有电话",
}
NOT_FOUND = {
    "85911234-802": "0532-85911234-801",
    "010-85911234": "85911234",
    "12345": "13800012345",
}


def import_appeal(act: Act, phone: str) -> str:
    """Bring an appeal in as an import does, and give its number."""
    filing = a_filing(contact_phone=phone, source="old", source_ref=phone)
    bulk = BulkWriter(act)
    filed = MoveRequest(Action.FILE, {IMPORTED: "yes"}, act.now - timedelta(days=3))
    bulk.write_histories([bulk.play_history(History(filing, filed))])
    return act.session.scalars(sa.select(Appeal.number).where(Appeal.source_ref == phone)).one()


def look_up(app: Flask, act: Act, asked: str) -> str:
    sent = {**LOOK, "contact_phone": asked}
    answer = browser_of(app, act, OPERATOR).post("/centre/new", data=sent)
    assert answer.status_code == 200
    return html.unescape(answer.text)


@pytest.mark.parametrize(("asked", "written"), FOUND.items())
def test_an_imported_appeal_is_found_by_every_spelling(
    app: Flask, act: Act, asked: str, written: str
) -> None:
    number = import_appeal(act, written)
    import_appeal(act, "13900000000")
    assert number in look_up(app, act, asked)


@pytest.mark.parametrize(("asked", "written"), NOT_FOUND.items())
def test_another_number_is_not_found(app: Flask, act: Act, asked: str, written: str) -> None:
    assert import_appeal(act, written) not in look_up(app, act, asked)


def test_an_appeal_from_the_form_is_found_at_the_counter(
    app: Flask, act: Act, client: FlaskClient
) -> None:
    number, _ = file_as_citizen(client, contact_phone="13800138000转801")
    assert number in look_up(app, act, "138 0013 8000")
    assert number in look_up(app, act, "13800138000-801")


def test_a_changed_contact_is_found_by_its_new_number(
    app: Flask, act: Act, client: FlaskClient
) -> None:
    number, _ = file_as_citizen(client, contact_phone="85911234")
    client.post(f"/appeals/{number}/change_contact", data={"contact_phone": "0532-6666 1234"})
    assert number in look_up(app, act, "66661234")
    assert number not in look_up(app, act, "85911234")


def test_what_a_release_before_wrote_is_found_before_and_after_it_is_read(
    app: Flask, act: Act, client: FlaskClient
) -> None:
    plain, _ = file_as_citizen(client, contact_phone="13800138000")
    changed, _ = file_as_citizen(
        app.test_client(), contact_phone="", form_key="another key of a form"
    )
    odd = import_appeal(act, MOBILE)
    unread = {"phone_number": None, "phone_extension": None}
    act.session.execute(sa.update(Statement).values(**unread))
    act.session.execute(sa.update(ContactVersion).values(**unread))
    act.session.commit()
    assert plain in look_up(app, act, "+86 138 0013 8000")
    assert odd not in look_up(app, act, "13800137001")
    assert fill_telephone_columns(act) == 2
    assert fill_telephone_columns(act) == 0
    assert odd in look_up(app, act, "13800137001")
    assert plain in look_up(app, act, "+86 138 0013 8000")
    assert changed not in look_up(app, act, "13800137001")


def test_one_caller_has_one_limit_however_the_number_is_written(
    app: Flask, client: FlaskClient
) -> None:
    most = app.config["SETTINGS"].filings_per_contact
    spellings = ["85911234", "0532-85911234", "+86 532 8591 1234", "85911234转8"]
    answers = []
    for n in range(most + 1):
        sent = {"contact_phone": spellings[n % 4], "form_key": f"one more key of a form {n}"}
        answers.append(client.post("/appeals/new", data={**FORM, **sent}).status_code)
    assert answers == [303] * most + [429]


def test_the_counter_keeps_what_was_typed(app: Flask, act: Act) -> None:
    sent = {**CALL, "contact_phone": "85911234转801"}
    assert browser_of(app, act, OPERATOR).post("/centre/new", data=sent).status_code == 200
    kept = act.session.scalars(sa.select(Statement)).one()
    assert kept.contact_phone == "85911234转801"
    assert (kept.phone_number, kept.phone_extension) == ("+8653285911234", "801")


def test_an_erasure_takes_what_the_telephone_says(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED, contact_phone="85911234转801")
    assert erase_appeals(act, [appeal.id], ErasedBy.OPERATOR) == 1
    kept = act.session.get_one(Statement, appeal.id, populate_existing=True)
    assert (kept.contact_phone, kept.phone_number, kept.phone_extension) == ("", "", "")
