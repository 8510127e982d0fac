"""Staff sign in, change a one-time password first, and their sessions can be ended."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts import passwords, staff_accounts
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.models.staff import StaffMember, StaffSession
from tests.cast import ROADS
from tests.factories import file_appeal

OWN = "four quiet words here"
BENT = ("/\t/evil.example/", "/\n/evil.example/", "/desk/\\..", "/desk/\n", "http:/desk/", "desk/")
"""What a browser may read as another site, or a header cannot hold."""


@pytest.fixture
def password(act: Act, session: Session) -> str:
    once = staff_accounts.add_staff(act, "zhao", "Officer Zhao", Role.OFFICER, ROADS)
    session.commit()
    return once


@pytest.fixture
def own(client: FlaskClient, password: str) -> str:
    """Provide the password that was chosen at the first sign-in."""
    sign_in(client, password)
    client.post("/account", data={"old": password, "new": OWN})
    return OWN


def sign_in(client: FlaskClient, password: str) -> int:
    return client.post("/sign-in", data={"username": "zhao", "password": password}).status_code


def test_a_one_time_password_is_changed_at_the_first_sign_in(
    client: FlaskClient, password: str
) -> None:
    assert sign_in(client, password) == 302
    weak = client.post("/account", data={"old": password, "new": "password1234"})
    assert weak.status_code == 422
    changed = client.post("/account", data={"old": password, "new": OWN})
    assert changed.location == "/desk/day"
    assert sign_in(client, password) == 422
    assert sign_in(client, OWN) == 302


def test_a_one_time_password_has_at_least_128_random_bits(act: Act) -> None:
    once = staff_accounts.add_staff(act, "qian", "Officer Qian", Role.OFFICER, ROADS)
    person = act.session.scalars(sa.select(StaffMember).filter_by(username="qian")).one()
    for given in (once, staff_accounts.reset_password(act, person.id)):
        assert len(given) * 6 >= 128, "each character of base64 has six bits"


def test_a_one_time_password_opens_once(client: FlaskClient, password: str) -> None:
    assert sign_in(client, password) == 302
    assert sign_in(client.application.test_client(), password) == 422
    assert client.post("/account", data={"old": password, "new": OWN}).location == "/desk/day"


def test_passwords_are_argon2id_with_the_chosen_cost(password: str, session: Session) -> None:
    del password
    person = session.scalars(sa.select(StaffMember).where(StaffMember.username == "zhao")).one()
    assert person.password_hash.startswith("$argon2id$v=19$m=47104,t=1,p=1$")


def without_token(page: str) -> str:
    """Leave out the form's token, which changes with the second."""
    return re.sub(r'(name="csrf_token"[^>]*value=")[^"]*', r"\1", page)


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(
    client: FlaskClient, password: str
) -> None:
    del password
    wrong = client.post("/sign-in", data={"username": "zhao", "password": "wrong"})
    unknown = client.post("/sign-in", data={"username": "nobd", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 422
    assert without_token(wrong.text).replace("zhao", "nobd") == without_token(unknown.text)


def test_too_many_wrong_passwords_are_refused_before_hashing(
    client: FlaskClient, password: str
) -> None:
    assert [sign_in(client, "wrong") for _ in range(10)] == [422] * 10
    assert sign_in(client, password) == 429


def test_too_many_wrong_passwords_from_one_address_are_refused(
    client: FlaskClient, password: str
) -> None:
    for guess in range(10):
        wrong = {"username": f"somebody{guess}", "password": "wrong"}
        assert client.post("/sign-in", data=wrong).status_code == 422
    assert sign_in(client, password) == 429
    elsewhere = client.post(
        "/sign-in",
        data={"username": "zhao", "password": password},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert elsewhere.status_code == 302


def test_an_unknown_name_is_compared_at_the_same_cost() -> None:
    assert passwords.dummy_hash().startswith("$argon2id$v=19$m=47104,t=1,p=1$")


def test_signing_in_again_ends_the_session_before_and_its_forms(
    app: Flask, client: FlaskClient, own: str
) -> None:
    sign_in(client, own)
    first = client.get_cookie("sid")
    with client.session_transaction() as kept:
        kept["csrf_token"] = "known to somebody"
    sign_in(client, own)
    second = client.get_cookie("sid")
    with client.session_transaction() as kept:
        assert "csrf_token" not in kept
    assert first is not None
    assert second is not None
    assert first.value != second.value
    for value, status in ((first.value, 302), (second.value, 200)):
        browser = app.test_client()
        browser.set_cookie("sid", value)
        assert browser.get("/account").status_code == status


def test_with_a_one_time_password_no_appeal_opens(app: Flask, act: Act, session: Session) -> None:
    number = file_appeal(act).number
    once = staff_accounts.add_staff(act, "lin", "Dispatcher Lin", Role.DISPATCHER)
    session.commit()
    browser = app.test_client()
    browser.post("/sign-in", data={"username": "lin", "password": once})
    assert browser.get(f"/centre/appeals/{number}").location == "/account"
    assert browser.get(f"/appeals/{number}").location == "/appeals/follow"
    browser.post("/account", data={"old": once, "new": OWN})
    assert browser.get(f"/centre/appeals/{number}").status_code == 200


def test_a_session_that_was_signed_out_opens_nothing(client: FlaskClient, password: str) -> None:
    sign_in(client, password)
    cookie = client.get_cookie("sid")
    assert cookie is not None
    assert cookie.http_only
    assert client.get("/account").status_code == 200
    answer = client.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"', "what the browser kept goes"
    client.set_cookie("sid", cookie.value)
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("idle", "age"), [(timedelta(minutes=31), timedelta()), (timedelta(), timedelta(hours=13))]
)
def test_a_session_ends_idle_or_old(
    client: FlaskClient, password: str, session: Session, idle: timedelta, age: timedelta
) -> None:
    sign_in(client, password)
    session.execute(
        sa.update(StaffSession).values(
            seen_at=StaffSession.seen_at - idle, created_at=StaffSession.created_at - age
        )
    )
    session.commit()
    assert client.get("/account").status_code == 302


def test_a_page_that_shows_itself_anew_keeps_no_session_alive(
    client: FlaskClient, password: str, session: Session
) -> None:
    sign_in(client, password)
    earlier = StaffSession.seen_at - timedelta(minutes=20)
    session.execute(sa.update(StaffSession).values(seen_at=earlier))
    session.commit()
    client.get("/desk/day?anew=1")
    before = session.scalars(sa.select(sa.func.max(StaffSession.seen_at))).one()
    client.get("/desk/day")
    session.expire_all()
    assert session.scalars(sa.select(sa.func.max(StaffSession.seen_at))).one() > before


def test_a_one_time_password_is_good_for_a_day(act: Act, password: str) -> None:
    late = act.later(timedelta(hours=25))
    assert staff_accounts.sign_in(late, "zhao", password) is None


def test_a_reset_ends_the_sessions(
    client: FlaskClient, password: str, act: Act, session: Session
) -> None:
    sign_in(client, password)
    person = session.scalars(sa.select(StaffMember).where(StaffMember.username == "zhao")).one()
    new = staff_accounts.reset_password(act, person.id)
    session.commit()
    assert client.get("/account").status_code == 302
    assert sign_in(client, new) == 302


def test_a_name_is_taken_once_and_a_department_fits_the_role(act: Act, password: str) -> None:
    del password
    with pytest.raises(Refused, match="taken"):
        staff_accounts.add_staff(act, "ZHAO", "Another", Role.OPERATOR)
    with pytest.raises(Refused, match="department"):
        staff_accounts.add_staff(act, "qian", "Officer Qian", Role.OFFICER)


def test_the_way_back_is_only_a_page_of_ours(client: FlaskClient, own: str) -> None:
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "/nothing", *BENT):
        answer = client.post(
            "/sign-in",
            query_string={"next": target},
            data={"username": "zhao", "password": own},
        )
        assert answer.location == "/desk/day"
