"""A citizen opens the appeals of her telephone with a code; no answer tells which is known."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.accounts.rate_limits import CODES_PER_ADDRESS, TEXTS_PER_TELEPHONE
from appeals.casework.following import telephone_codes
from appeals.casework.following.telephone_codes import (
    CODE_LIFETIME,
    LIST_LIFETIME,
    MAX_TRIES,
    derive_code,
)
from appeals.casework.handling import contacts
from appeals.domain.contact import ContactDetails
from appeals.models.appeal import Appeal
from appeals.models.citizen import DeviceAppeal, TelephoneCode
from appeals.settings import Settings
from tests.cast import WATER
from tests.factories import file_appeal
from tests.restricted import CONDUCT, add_conduct
from tests.web.citizen.test_receipts import copy_of
from tests.web.staff_browser import count_statements

OWN, UNKNOWN = "138 0013 8000", "139 0000 0001"
GATEWAY = "https://:a-key@gateway.example/send"


@pytest.fixture(autouse=True)
def gateway(app: Flask) -> None:
    """Set a gateway, without which these pages do not exist."""
    settings: Settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = settings.model_copy(update={"sms_url": GATEWAY})


def filed(act: Act, **facts: object) -> Appeal:
    appeal = file_appeal(act, **{"contact_phone": OWN, "contact_email": "", **facts}).appeal
    act.session.commit()
    return appeal


def ask_for_code(client: FlaskClient, telephone: str = OWN) -> TestResponse:
    return client.post("/appeals/mine/telephone", data={"telephone": telephone})


def sent_code(act: Act) -> str:
    """Return the newest code that was asked for."""
    row = act.session.scalars(sa.select(TelephoneCode).order_by(TelephoneCode.id.desc())).first()
    assert row is not None
    return derive_code(act.secret, row)


def enter_code(client: FlaskClient, code: str) -> TestResponse:
    return client.post("/appeals/mine/code", data={"code": code})


def without_tokens(page: str) -> str:
    """Return a page without its tokens, and with the end of one telephone for both."""
    return re.sub(r'value="[^"]*"', "", page).replace("****0001", "****8000")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_code_opens_the_appeals_of_the_telephone(client: FlaskClient, act: Act) -> None:
    own, other = filed(act, subject="路灯不亮"), filed(act, contact_phone=UNKNOWN)
    assert ask_for_code(client, "+86 138-0013-8000").location == "/appeals/mine/code"
    assert "****8000" in client.get("/appeals/mine/code").text
    spaced = " ".join(sent_code(act))
    assert enter_code(client, spaced).location == "/appeals/mine"
    page = client.get("/appeals/mine").text
    assert "路灯不亮" in page
    assert "****8000" in page
    assert OWN.replace(" ", "") not in page
    assert other.number not in page
    assert client.get(f"/appeals/{own.number}").status_code == 200
    assert client.get(f"/appeals/{other.number}").location == "/appeals/follow"
    assert client.post(f"/appeals/{own.number}/withdraw").status_code == 303


@pytest.mark.parametrize(
    "facts",
    [
        {"confidential": True},
        {"category": CONDUCT, "complained_department": WATER},
    ],
    ids=["confidential", "restricted"],
)
def test_a_confidential_or_restricted_appeal_needs_its_query_code(
    client: FlaskClient, act: Act, facts: dict[str, object]
) -> None:
    add_conduct(act)
    own, hidden = filed(act), filed(act, **facts)
    ask_for_code(client)
    enter_code(client, sent_code(act))
    page = client.get("/appeals/mine").text
    assert own.number in page
    assert hidden.number not in page
    assert client.get(f"/appeals/{hidden.number}").location == "/appeals/follow"


def test_an_appeal_that_becomes_confidential_later_closes(client: FlaskClient, act: Act) -> None:
    own = filed(act)
    ask_for_code(client)
    enter_code(client, sent_code(act))
    assert client.get(f"/appeals/{own.number}").status_code == 200
    act.session.execute(sa.update(Appeal).values(confidential=True))
    act.session.commit()
    assert client.get(f"/appeals/{own.number}").location == "/appeals/follow"


def test_the_telephone_of_before_a_change_opens_nothing(client: FlaskClient, act: Act) -> None:
    own = filed(act)
    contacts.change_contact(act, own, ContactDetails("王", UNKNOWN, ""), confidential=False)
    act.session.commit()
    ask_for_code(client)
    enter_code(client, sent_code(act))
    page = client.get("/appeals/mine").text
    assert own.number not in page
    assert client.get(f"/appeals/{own.number}").location == "/appeals/follow"


def test_an_unknown_telephone_gets_the_same_answer_by_the_same_statements(
    app: Flask, act: Act
) -> None:
    filed(act)
    seen = []
    for telephone in (OWN, UNKNOWN):
        browser = app.test_client()
        browser.get("/appeals/mine/telephone")
        act.session.expire_all()
        with count_statements(act.session) as counted:
            answer = ask_for_code(browser, telephone)
        page = without_tokens(browser.get("/appeals/mine/code").text)
        refused = enter_code(browser, wrong(sent_code(act)))
        seen.append(
            (
                counted.statements,
                answer.status_code,
                answer.text,
                page,
                refused.status_code,
                without_tokens(refused.text),
            )
        )
    assert seen[0] == seen[1]


def test_five_wrong_codes_end_the_right_one(client: FlaskClient, act: Act) -> None:
    filed(act)
    ask_for_code(client)
    code = sent_code(act)
    for _ in range(MAX_TRIES):
        assert enter_code(client, wrong(code)).status_code == 422
    refused = enter_code(client, code)
    assert refused.status_code == 422
    assert "最多可试5次" in refused.text
    assert act.session.scalar(sa.select(sa.func.count()).select_from(DeviceAppeal)) == 0
    ask_for_code(client)
    assert enter_code(client, sent_code(act)).location == "/appeals/mine"


def test_a_code_holds_for_the_browser_that_asked_and_once(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    filed(act)
    ask_for_code(client)
    code = sent_code(act)
    stranger = app.test_client()
    assert enter_code(stranger, code).location == "/appeals/mine/telephone"
    ask_for_code(stranger, UNKNOWN)
    assert enter_code(stranger, code).status_code == 422
    assert enter_code(client, code).location == "/appeals/mine"
    assert enter_code(client, code).location == "/appeals/mine/telephone"


def test_a_code_ends_after_ten_minutes_and_the_worker_deletes_its_row(
    client: FlaskClient, act: Act
) -> None:
    filed(act)
    ask_for_code(client)
    code = sent_code(act)
    earlier = TelephoneCode.expires_at - CODE_LIFETIME
    act.session.execute(sa.update(TelephoneCode).values(expires_at=earlier))
    act.session.commit()
    assert enter_code(client, code).location == "/appeals/mine/telephone"
    assert telephone_codes.delete_expired_codes(act.later(timedelta(minutes=1))) == 1


def test_what_a_telephone_opened_closes_after_twelve_hours(client: FlaskClient, act: Act) -> None:
    own = filed(act)
    ask_for_code(client)
    enter_code(client, sent_code(act))
    earlier = DeviceAppeal.until_at - LIST_LIFETIME
    act.session.execute(sa.update(DeviceAppeal).values(until_at=earlier))
    act.session.commit()
    assert client.get(f"/appeals/{own.number}").location == "/appeals/follow"
    assert own.number not in client.get("/appeals/mine").text


def test_a_cookie_copied_before_the_code_opens_nothing(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    own = filed(act)
    ask_for_code(client)
    copy = copy_of(client, app)
    enter_code(client, sent_code(act))
    assert client.get(f"/appeals/{own.number}").status_code == 200
    assert copy.get(f"/appeals/{own.number}").location == "/appeals/follow"


def test_codes_for_one_telephone_are_limited_whether_it_is_known_or_not(
    app: Flask, act: Act
) -> None:
    filed(act)
    limit = TEXTS_PER_TELEPHONE[0].max_tries
    for telephone in (OWN, UNKNOWN):
        for _ in range(limit):
            assert ask_for_code(app.test_client(), telephone).status_code == 303
        refused = ask_for_code(app.test_client(), telephone)
        assert refused.status_code == 429
        assert telephone in refused.text  # what was typed is kept


def test_a_browser_that_gave_a_code_before_is_not_locked_out_by_strangers(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    filed(act)
    ask_for_code(client)
    enter_code(client, sent_code(act))
    for _ in range(TEXTS_PER_TELEPHONE[0].max_tries):
        ask_for_code(app.test_client())
    assert ask_for_code(app.test_client()).status_code == 429
    assert ask_for_code(client).status_code == 303


def test_wrong_codes_count_against_the_address_as_query_codes_do(app: Flask, act: Act) -> None:
    refused = 0
    for n in range(CODES_PER_ADDRESS.max_tries + 1):
        if n % MAX_TRIES == 0:
            browser = app.test_client()
            ask_for_code(browser, f"139 0000 1{n:03d}")
        refused = enter_code(browser, wrong(sent_code(act))).status_code
    assert refused == 429


@pytest.mark.parametrize("typed", ["", "12345", "0532 8591 1234", "138 0013", "+1 415 555 2671"])
def test_what_is_no_mobile_number_is_refused_and_kept(client: FlaskClient, typed: str) -> None:
    refused = ask_for_code(client, typed)
    assert refused.status_code == 422
    assert f'value="{typed}"' in refused.text


def test_without_a_gateway_the_pages_do_not_exist(app: Flask, client: FlaskClient) -> None:
    assert "/appeals/mine/telephone" in client.get("/appeals/follow").text
    assert "/appeals/mine/telephone" in client.get("/appeals/mine").text
    settings: Settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = settings.model_copy(update={"sms_url": None})
    for address in ("/appeals/mine/telephone", "/appeals/mine/code"):
        assert client.get(address).status_code == 404
        assert client.post(address, data={"telephone": OWN}).status_code == 404
    assert "/appeals/mine/telephone" not in client.get("/appeals/follow").text
    assert "/appeals/mine/telephone" not in client.get("/appeals/mine").text
