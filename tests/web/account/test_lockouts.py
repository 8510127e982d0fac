"""Strangers who guess lock nobody out for long, and a browser known from before not at all."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts import rate_limits, staff_accounts
from appeals.casework.accounts.rate_limits import TrySource
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.models.staff import Attempt
from tests.cast import ROADS
from tests.web.account.test_second_factor import code_now, switch_factor_on
from tests.web.citizen_filing import file_as_citizen

OWN = "four quiet words here"
GUESSES = 1_000
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture
def zhao(client: FlaskClient, act: Act) -> FlaskClient:
    """Provide the browser in which Zhao signed in before; the password is `OWN`."""
    once = staff_accounts.add_staff(act, "zhao", "Officer Zhao", Role.OFFICER, ROADS)
    act.session.commit()
    assert sign_in(client, once) == 302
    assert client.post("/account", data={"old": once, "new": OWN}).status_code == 302
    return client


def sign_in(
    client: FlaskClient, password: str, address: str = "127.0.0.1", name: str = "zhao"
) -> int:
    typed = {"username": name, "password": password}
    return client.post("/sign-in", data=typed, environ_base={"REMOTE_ADDR": address}).status_code


def follow(client: FlaskClient, number: str, code: str, address: str = "127.0.0.1") -> int:
    typed = {"number": number, "code": code}
    return client.post(
        "/appeals/follow", data=typed, environ_base={"REMOTE_ADDR": address}
    ).status_code


def pass_time(act: Act, passed: timedelta = FIVE_MINUTES) -> None:
    """Move every counted attempt back in time."""
    act.session.execute(sa.update(Attempt).values(at=Attempt.at - passed))
    act.session.commit()


def test_guessed_passwords_never_lock_out_the_browser_that_signed_in_before(
    app: Flask, zhao: FlaskClient, act: Act
) -> None:
    for n in range(12):
        sign_in(app.test_client(), "wrong", f"198.51.100.{n}")
    for n in range(12):
        sign_in(app.test_client(), "wrong", name=f"somebody{n}")
    assert sign_in(zhao, OWN) == 302
    unknown = app.test_client()
    assert sign_in(unknown, OWN) == 429
    pass_time(act)
    assert sign_in(unknown, OWN) == 302


def test_guessed_passwords_never_keep_the_owner_from_changing_it(
    app: Flask, zhao: FlaskClient
) -> None:
    for n in range(12):
        sign_in(app.test_client(), "wrong", f"198.51.100.{n}")
    changed = zhao.post("/account", data={"old": OWN, "new": f"{OWN} and more"})
    assert changed.status_code == 302


def test_a_known_browser_is_known_for_its_own_name_alone(app: Flask, zhao: FlaskClient) -> None:
    for n in range(10):
        assert sign_in(app.test_client(), "wrong", f"198.51.100.{n}", "qian") == 422
    assert sign_in(zhao, "wrong", name="qian") == 429
    assert [sign_in(zhao, "wrong") for _ in range(10)] == [422] * 10
    assert sign_in(zhao, OWN) == 429, "its own budget has an end too"


def test_a_made_up_cookie_makes_no_browser_known(app: Flask, zhao: FlaskClient) -> None:
    cookie = zhao.get_cookie("known-browser")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Strict"
    for n in range(10):
        sign_in(app.test_client(), "wrong", f"198.51.100.{n}")
    forged = app.test_client()
    forged.set_cookie("known-browser", f"x{cookie.value}")
    assert sign_in(forged, OWN) == 429
    taken_along = app.test_client()
    taken_along.set_cookie("known-browser", cookie.value)
    assert sign_in(taken_along, "wrong") == 422, "it opens nothing by itself"
    assert sign_in(taken_along, OWN) == 302


def test_guessed_codes_never_lock_an_appeal_to_the_browser_that_opened_it(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    number, code = file_as_citizen(client)
    for n in range(12):
        follow(app.test_client(), number, "0000-0000-0000-0000", f"198.51.100.{n}")
    client.delete_cookie("appeals")
    assert follow(client, number, code) == 303
    unknown = app.test_client()
    assert follow(unknown, number, code) == 429
    pass_time(act)
    assert follow(unknown, number, code) == 303


def test_wrong_codes_of_one_address_close_no_appeal_to_those_behind_it_for_long(
    app: Flask, client: FlaskClient, act: Act
) -> None:
    number, code = file_as_citizen(client)
    answers = [follow(app.test_client(), f"QD-{n}", "0000") for n in range(31)]
    assert answers[-1] == 429
    assert follow(app.test_client(), number, code) == 429
    pass_time(act)
    assert follow(app.test_client(), number, code) == 303


def test_a_computer_that_was_told_to_forget_is_known_no_more(client: FlaskClient) -> None:
    file_as_citizen(client)
    assert client.get_cookie("known-browser") is not None
    client.post("/appeals/forget")
    assert client.get_cookie("known-browser") is None


def test_wrong_codes_of_the_app_leave_the_owner_the_recovery_codes_and_the_known_browser(
    app: Flask, zhao: FlaskClient
) -> None:
    phone, papers = switch_factor_on(zhao)
    knows_the_password = app.test_client()
    assert sign_in(knows_the_password, OWN) == 302
    wrong = [knows_the_password.post("/sign-in/code", data={"code": "000000"}) for _ in range(6)]
    assert [each.status_code for each in wrong] == [422] * 5 + [429]
    known, unknown = zhao, app.test_client()
    assert sign_in(unknown, OWN) == 302
    assert unknown.post("/sign-in/code", data={"code": code_now(phone)}).status_code == 429
    assert unknown.post("/sign-in/code", data={"code": papers[0]}).location == "/desk/day"
    renewing = {"code": papers[1], "password": OWN}
    assert known.post("/account/factor/renew", data=renewing).status_code == 200
    assert sign_in(known, OWN) == 302
    assert known.post("/sign-in/code", data={"code": code_now(phone)}).location == "/desk/day"


def test_a_thousand_guesses_at_one_moment_from_many_addresses_are_compared_a_few_times(
    act: Act,
) -> None:
    staff_accounts.add_staff(act, "zhao", "Officer Zhao", Role.OFFICER, ROADS)
    sources = [TrySource(f"2001:db8:0:{n:x}::/64") for n in range(GUESSES)]
    passwords = [staff_compared(act, source) for source in sources]
    codes = [is_compared(act, rate_limits.code_limits(source, "QD-1")) for source in sources]
    factors = [is_compared(act, rate_limits.factor_limits(3, None)) for _ in sources]
    assert (sum(passwords), sum(factors)) == (10, 5)
    assert sum(codes) == 5
    one_address = [
        is_compared(act, rate_limits.code_limits(TrySource("192.0.2.1"), f"QD-{n}"))
        for n in range(GUESSES)
    ]
    assert sum(one_address) == 18


def test_guesses_at_a_number_for_two_hours_are_compared_sixteen_and_then_twelve_times(
    act: Act,
) -> None:
    """Before decision 0014 ten were compared in an hour, and the rightful person waited one."""
    minutes = [act.later(timedelta(minutes=n)) for n in range(120)]
    compared = [
        is_compared(now, rate_limits.code_limits(TrySource(f"198.51.100.{n}"), "QD-1"))
        for n, now in enumerate(minutes)
    ]
    assert (sum(compared[:60]), sum(compared[60:])) == (16, 12)


@pytest.mark.parametrize(
    ("since_the_first", "en", "zh"),
    [
        (timedelta(), "Try again tomorrow.", "请明天再试。"),
        (timedelta(hours=20, minutes=1), "Try again in 4 hours.", "请4小时后再试。"),
        (timedelta(hours=23), "Try again in 1 hour.", "请1小时后再试。"),
        (timedelta(hours=23, minutes=59, seconds=30), "Try again in 1 minute.", "请1分钟后再试。"),
    ],
)
def test_who_used_up_the_tries_of_a_day_is_told_when_the_first_of_them_is_forgotten(
    act: Act, since_the_first: timedelta, en: str, zh: str
) -> None:
    limits = (
        (
            replace(rate_limits.PASSWORDS_PER_OWN_ACCOUNT, max_tries=1, window=timedelta(days=1)),
            "zhao",
        ),
    )
    rate_limits.count_try(act, limits)
    with pytest.raises(Refused) as refused:
        rate_limits.count_try(act.later(since_the_first), limits)
    assert refused.value.label("en").endswith(en)
    assert refused.value.label("zh").endswith(zh)
    rate_limits.count_try(act.later(timedelta(days=1)), limits)


def staff_compared(act: Act, source: TrySource) -> bool:
    """Return whether a wrong password was compared at all."""
    try:
        assert staff_accounts.sign_in(act, "zhao", "wrong", source) is None
    except Refused:
        return False
    return True


def is_compared(act: Act, limits: rate_limits.Buckets) -> bool:
    try:
        rate_limits.count_try(act, limits)
    except Refused:
        return False
    return True
