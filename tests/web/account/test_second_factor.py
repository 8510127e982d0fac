"""The second factor: switched on by its owner, each code good once, never skipped by a reset."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from appeals.act import Act
from appeals.casework.accounts import second_factor, staff_accounts
from appeals.casework.accounts.passwords import hash_password
from appeals.domain.people import SYSTEM, Actor, Role
from appeals.models.staff import Attempt, RecoveryCode, StaffMember, StaffSession
from tests.cast import SUN, ZHAO
from tests.conftest import SECRET
from tests.web.staff_browser import browser_of, open_page

OWN = "four quiet words here"
OFFICER = f"officer{ZHAO.staff_id}"


@pytest.fixture
def zhao(app: Flask, act: Act) -> FlaskClient:
    act.session.get_one(StaffMember, ZHAO.staff_id).password_hash = hash_password(OWN)
    return browser_of(app, act, ZHAO)


def switch_factor_on(browser: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """Switch the factor on at the page; return the person's app and the recovery codes."""
    assert browser.post("/account/factor/begin").status_code == 303
    found = re.search(r"data-secret>(\w+)<", open_page(browser, "/account/factor?lang=en"))
    assert found is not None
    app = pyotp.TOTP(found[1])
    shown = browser.post(
        "/account/factor/confirm", data={"code": code_before(app), "password": OWN}
    )
    assert shown.status_code == 200, shown.text
    return app, re.findall(r"receipt__code\">([\w-]+)<", shown.text)


def give_passwords(app: Flask, act: Act, count: int = 1) -> list[FlaskClient]:
    """Return browsers in which Zhao's password was given."""
    once = staff_accounts.reset_password(act, ZHAO.staff_id or 0)
    act.session.get_one(StaffMember, ZHAO.staff_id).one_time_until = None
    act.session.commit()
    browsers = [app.test_client() for _ in range(count)]
    for browser in browsers:
        answer = browser.post("/sign-in", data={"username": OFFICER, "password": once})
        assert answer.status_code == 302
    return browsers


def give_password(app: Flask, act: Act) -> FlaskClient:
    """Return a browser in which Zhao's password was given."""
    return give_passwords(app, act)[0]


def code_before(app: pyotp.TOTP) -> str:
    """Return the code of the half minute before this one, which is still taken."""
    return app.at(datetime.now(UTC) - timedelta(seconds=30))


def code_now(app: pyotp.TOTP) -> str:
    """Return the code of this half minute; the factor was switched on by the one before."""
    return app.at(datetime.now(UTC))


def test_signing_in_asks_for_the_code_before_anything_opens(
    app: Flask, act: Act, zhao: FlaskClient
) -> None:
    phone, _ = switch_factor_on(zhao)
    browser = give_password(app, act)
    assert browser.get("/desk/").status_code == 302, "the password alone opens nothing"
    assert browser.get("/account").status_code == 302
    wrong = browser.post("/sign-in/code?lang=en", data={"code": "000000"})
    assert (wrong.status_code, 'href="#code"' in wrong.text) == (422, True)
    right = browser.post("/sign-in/code", data={"code": code_now(phone)})
    assert (right.status_code, right.location) == (302, "/desk/day")
    assert browser.get("/desk/").status_code == 200


def test_a_code_works_once(app: Flask, act: Act, zhao: FlaskClient) -> None:
    phone, _ = switch_factor_on(zhao)
    code = code_now(phone)
    first, second = give_passwords(app, act, 2)
    assert first.post("/sign-in/code", data={"code": code}).location == "/desk/day"
    assert second.post("/sign-in/code", data={"code": code}).status_code == 422


@pytest.mark.parametrize("steps", [-2, 1])
def test_a_code_older_than_one_step_or_of_the_future_is_wrong(
    app: Flask, act: Act, zhao: FlaskClient, steps: int
) -> None:
    phone, _ = switch_factor_on(zhao)
    browser = give_password(app, act)
    act.session.execute(sa.update(StaffMember).values(factor_step=0))
    act.session.commit()
    code = phone.at(datetime.now(UTC) + timedelta(seconds=30 * steps))
    assert browser.post("/sign-in/code", data={"code": code}).status_code == 422


def test_a_code_typed_in_full_width_is_read_and_nonsense_is_only_wrong(
    app: Flask, act: Act, zhao: FlaskClient
) -> None:
    phone, _ = switch_factor_on(zhao)
    browser = give_password(app, act)
    assert browser.post("/sign-in/code", data={"code": "验证码验证码"}).status_code == 422
    wide = code_now(phone).translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert browser.post("/sign-in/code", data={"code": wide}).location == "/desk/day"


def test_a_recovery_code_works_once(app: Flask, act: Act, zhao: FlaskClient) -> None:
    _, codes = switch_factor_on(zhao)
    assert len(set(codes)) == 10
    kept = act.session.scalars(sa.select(RecoveryCode.code_hash)).all()
    assert not any(code.replace("-", "").encode() in each for code in codes for each in kept)
    first, second = give_passwords(app, act, 2)
    typed = {"code": codes[0].upper()}
    assert first.post("/sign-in/code", data=typed).location == "/desk/day"
    assert second.post("/sign-in/code", data=typed).status_code == 422
    assert "9 recovery codes are left." in open_page(first, "/account/factor?lang=en")


def test_a_sign_in_is_logged_with_the_factor_that_opened_it(
    app: Flask, act: Act, zhao: FlaskClient
) -> None:
    phone, codes = switch_factor_on(zhao)
    first, second, third = give_passwords(app, act, 3)
    with capture_logs() as logged:
        first.post("/sign-in/code", data={"code": codes[0]})
        second.post("/sign-in/code", data={"code": code_now(phone)})
        third.post("/sign-in/code", data={"code": "000000"})
    names = ("authn_login_success", "authn_factor_fail")
    assert [(each["event"], each["factor"]) for each in logged if each["event"] in names] == [
        ("authn_login_success", "recovery"),
        ("authn_login_success", "app"),
        ("authn_factor_fail", "app"),
    ]


def test_a_sign_in_without_a_factor_is_logged_as_such(app: Flask, act: Act) -> None:
    with capture_logs() as logged:
        give_password(app, act)
    (told,) = (each for each in logged if each["event"] == "authn_login_success")
    assert told["factor"] == "none"


def test_many_wrong_codes_are_refused_before_they_are_compared(
    app: Flask, act: Act, zhao: FlaskClient
) -> None:
    phone, _ = switch_factor_on(zhao)
    browser = give_password(app, act)
    tries = [browser.post("/sign-in/code", data={"code": "000000"}) for _ in range(5)]
    assert [each.status_code for each in tries] == [422] * 5
    assert browser.post("/sign-in/code", data={"code": code_now(phone)}).status_code == 429


def test_the_second_step_waits_ten_minutes(app: Flask, act: Act, zhao: FlaskClient) -> None:
    phone, _ = switch_factor_on(zhao)
    browser = give_password(app, act)
    earlier = StaffSession.created_at - timedelta(minutes=10)
    act.session.execute(sa.update(StaffSession).values(created_at=earlier))
    act.session.commit()
    answer = browser.post("/sign-in/code", data={"code": code_now(phone)})
    assert (answer.status_code, answer.location) == (302, "/sign-in")


def test_only_an_administrator_takes_a_lost_factor_away(
    app: Flask, act: Act, zhao: FlaskClient
) -> None:
    switch_factor_on(zhao)
    sun = browser_of(app, act, SUN)
    why = {"why": "手机丢失", "confirmed": "yes"}
    assert sun.post(f"/admin/staff/{OFFICER}/password", data=why).status_code == 200
    assert give_password(app, act).get("/desk/").status_code == 302, "a reset skips no factor"
    assert sun.post(f"/admin/staff/{OFFICER}/factor", data=why).status_code == 303
    assert "手机丢失" in open_page(sun, f"/admin/staff/{OFFICER}")
    assert give_password(app, act).get("/desk/").status_code == 200
    assert act.session.scalar(sa.select(sa.func.count()).select_from(RecoveryCode)) == 0


def test_the_owner_renews_the_codes_and_switches_off_with_a_code(zhao: FlaskClient) -> None:
    phone, codes = switch_factor_on(zhao)
    begun = zhao.post("/account/factor/begin")
    assert begun.status_code == 409, "a factor that is on is not replaced"
    assert zhao.get("/account/factor/picture.svg").status_code == 404
    renewed = zhao.post("/account/factor/renew", data={"code": codes[0], "password": OWN})
    assert renewed.status_code == 200
    assert codes[1] not in renewed.text
    for code, status in ((codes[1], 422), (code_now(phone), 303)):
        off = zhao.post("/account/factor/off", data={"code": code, "password": OWN})
        assert off.status_code == status
    assert "It is off." in open_page(zhao, "/account?lang=en")
    assert zhao.post("/account/factor/fly", data={"code": "1"}).status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_key_is_shown_as_a_picture_and_as_text(zhao: FlaskClient, language: str) -> None:
    open_page(zhao, f"/account/factor?lang={language}")
    zhao.post("/account/factor/begin")
    open_page(zhao, f"/account/factor?lang={language}")
    picture = zhao.get("/account/factor/picture.svg")
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert "style=" not in picture.text
    empty = zhao.post("/account/factor/confirm", data={"code": "", "password": OWN})
    assert empty.status_code == 422


def test_a_person_ends_their_own_other_session(app: Flask, act: Act, zhao: FlaskClient) -> None:
    other = browser_of(app, act, ZHAO)
    stranger = browser_of(app, act, SUN)
    shown = open_page(zhao, "/account?lang=en")
    endings = re.findall(r"/account/sessions/\w+/end", shown)
    assert len(endings) == 1, "not the own one"
    assert "This browser" in shown
    assert stranger.post(endings[0]).status_code == 303
    assert other.get("/desk/").status_code == 200, "nobody ends another's session"
    assert zhao.post(endings[0]).status_code == 303
    assert other.get("/desk/").status_code == 302


@pytest.fixture
def person(engine: sa.Engine) -> Iterator[int]:
    """Provide a person that other connections see too, taken away in the end."""
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        row = StaffMember(
            username="racer", name="Racer", role=Role.OPERATOR, password_hash="none", created_at=now
        )
        session.add(row)
        session.flush()
        staff_id = row.id
    yield staff_id
    with Session(engine) as session, session.begin():
        for table in (RecoveryCode, StaffSession):
            session.execute(sa.delete(table).where(table.staff_id == staff_id))
        session.execute(sa.text("ALTER TABLE change DISABLE TRIGGER a_change_never_changes"))
        session.execute(sa.text("DELETE FROM change"))
        session.execute(sa.text("ALTER TABLE change ENABLE TRIGGER a_change_never_changes"))
        session.execute(sa.delete(Attempt))
        session.execute(sa.delete(StaffMember).where(StaffMember.id == staff_id))


def test_one_code_sent_twice_at_once_is_accepted_once(engine: sa.Engine, person: int) -> None:
    actor, now = Actor(Role.OPERATOR, person, "Racer"), datetime.now(UTC)
    with Session(engine) as session, session.begin():
        act = Act(session, actor, now, SECRET.encode())
        second_factor.begin_setup(act)
        phone = pyotp.TOTP(second_factor.find_pending_secret(act) or "")
        papers = second_factor.confirm_setup(act, phone.at(now))
    both = Barrier(2)

    def bring(code: str, at: datetime) -> bool:
        with Session(engine) as session, session.begin():
            session.execute(sa.select(1))  # connected before both begin
            both.wait()
            return second_factor.accept_code(
                Act(session, SYSTEM, at, SECRET.encode()), person, code
            )

    minutes = [now + timedelta(minutes=10 * n) for n in range(1, 11)]
    rounds = [(phone.at(at), at) for at in minutes] + [(code, minutes[-1]) for code in papers[:4]]
    with ThreadPoolExecutor(2) as hands:
        for code, at in rounds:
            tries = [hands.submit(bring, code, at) for _ in range(2)]
            assert sorted(each.result() for each in tries) == [False, True], code
