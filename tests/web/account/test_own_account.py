"""The own account: passwords that are hard to guess, and a second factor that a role must have."""

import re
import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.accounts.passwords import hash_password
from appeals.domain.calendar import city_day
from appeals.models.notice import Notice
from appeals.models.staff import FactorDemand, StaffMember
from tests.cast import ROADS, SUN, ZHAO
from tests.web.staff_browser import browser_of, change_row, day_after, forget_rows, open_page
from tests.web.two_people import MEI, add_administrators

OWN = "four quiet words here"
NEW = "lamps under nine umbrellas"


@pytest.fixture
def zhao(app: Flask, act: Act) -> FlaskClient:
    person = act.session.get_one(StaffMember, ZHAO.staff_id)
    person.password_hash, person.email = hash_password(OWN), "lihua.zhao@cg.example.org"
    return browser_of(app, act, ZHAO)


def change_password(browser: FlaskClient, new: str, language: str = "en") -> TestResponse:
    return browser.post(f"/account?lang={language}", data={"old": OWN, "new": new})


def code_of(browser: FlaskClient) -> str:
    """Begin to set the factor up; return the code that the app shows."""
    browser.post("/account/factor/begin")
    found = re.search(r"data-secret>(\w+)<", open_page(browser, "/account/factor"))
    assert found is not None
    return pyotp.TOTP(found[1]).at(datetime.now(UTC) - timedelta(seconds=30))


WEAK = {
    "iloveqingdao": "里面有您的姓名",
    "1q2w3e4r5t6y": "常用密码",
    "woaiqingdao2026": "里面有您的姓名",
    "ailqd ailqd ailqd": "重复",
    "lihua.zhao lihua": "里面有您的姓名",
    "urbanmanagement1": "里面有您的姓名",
    "officer zhao 2026": "里面有您的姓名",
    "gonganju-12345": "里面有您的姓名",
    "qingdao gonganju zhao 2026": "里面有您的姓名",
    "abcdefghijklmnop": "连续",
    "我爱青岛我爱青岛我爱青岛": "重复",
    "passwordpassword": "重复",
    "administrator": "常",
}


@pytest.mark.parametrize("password", WEAK)
def test_a_password_that_is_guessed_first_is_refused_with_the_reason(
    zhao: FlaskClient, password: str
) -> None:
    answer = change_password(zhao, password, "zh")
    assert answer.status_code == 422
    assert "这个密码容易被猜到" in answer.text
    assert re.search(WEAK[password], answer.text), re.findall("容易被猜到：[^。]+", answer.text)
    assert "This password is easy to guess" in change_password(zhao, password).text


@pytest.mark.parametrize(
    "password", [NEW, "海边第三盏灯下两只白猫打盹", "T9#vq7!LmZ2&", (NEW + "x" * 20) * 3]
)
def test_a_password_that_is_hard_to_guess_is_taken_whatever_its_length(
    zhao: FlaskClient, password: str
) -> None:
    begun = time.perf_counter()
    assert change_password(zhao, password[:128]).status_code == 302
    assert time.perf_counter() - begun < 2


def test_a_changed_password_ends_the_other_sessions_and_its_owner_is_told(
    app: Flask, act: Act, zhao: FlaskClient
) -> None:
    other = browser_of(app, act, ZHAO)
    assert change_password(zhao, NEW).status_code == 302
    assert other.get("/desk/").status_code == 302
    assert zhao.get("/desk/").status_code == 200
    forget_rows(act)
    told = act.session.scalars(sa.select(Notice).where(Notice.staff_id == ZHAO.staff_id)).all()
    assert [each.recipient for each in told] == ["staff:officer3", "lihua.zhao@cg.example.org"]
    assert "password changed" in told[0].subject


def take_factor_step(browser: FlaskClient, step: str, code: str, password: str) -> TestResponse:
    return browser.post(
        f"/account/factor/{step}?lang=en", data={"code": code, "password": password}
    )


def test_the_second_factor_asks_the_password_and_ends_other_sessions(
    app: Flask, act: Act, zhao: FlaskClient
) -> None:
    other = browser_of(app, act, ZHAO)
    code = code_of(zhao)
    wrong = take_factor_step(zhao, "confirm", code, "not the password")
    assert (wrong.status_code, 'href="#password"' in wrong.text) == (422, True)
    shown = take_factor_step(zhao, "confirm", code, OWN)
    codes = re.findall(r"receipt__code\">([\w-]+)<", shown.text)
    assert len(codes) == 10
    assert other.get("/desk/").status_code == 302
    for step in ("renew", "off"):
        other = browser_of(app, act, ZHAO)
        assert take_factor_step(zhao, step, codes[0], "not the password").status_code == 422
        forget_rows(act)
        done = take_factor_step(zhao, step, codes[0], OWN)
        assert done.status_code in {200, 303}, step
        codes = re.findall(r"receipt__code\">([\w-]+)<", done.text)
        assert other.get("/desk/").status_code == 302, step
        assert zhao.get("/desk/").status_code == 200, step


def test_wrong_passwords_before_a_change_are_counted(zhao: FlaskClient) -> None:
    code = code_of(zhao)
    tries = [take_factor_step(zhao, "confirm", code, "wrong").status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]


def demand_factor(act: Act, role: str = "officer") -> None:
    today = city_day(act.now)
    act.session.add(FactorDemand(role=role, valid_from=today, demanded=True))
    act.session.commit()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_must_have_a_factor_is_led_to_it_and_opens_nothing_else(
    app: Flask, act: Act, zhao: FlaskClient, language: str
) -> None:
    assert zhao.get("/desk/").status_code == 200
    demand_factor(act)
    for address in ("/desk/", "/desk/day", "/live/", f"/live/{ROADS}", "/desk/templates"):
        assert zhao.get(address).location == "/account/factor", address
    assert browser_of(app, act, SUN).get("/admin/").status_code == 200, "of another role"
    words = {"zh": "必须使用第二重验证", "en": "Your role must have a second factor"}
    assert words[language] in open_page(zhao, f"/account/factor?lang={language}")
    take_factor_step(zhao, "confirm", code_of(zhao), OWN)
    assert zhao.get("/desk/").status_code == 200
    assert "/account/factor/off" not in open_page(zhao, f"/account/factor?lang={language}")


def test_a_demanded_factor_is_not_switched_off(act: Act, zhao: FlaskClient) -> None:
    shown = take_factor_step(zhao, "confirm", code_of(zhao), OWN)
    codes = re.findall(r"receipt__code\">([\w-]+)<", shown.text)
    demand_factor(act)
    assert take_factor_step(zhao, "off", codes[0], OWN).status_code == 409
    assert act.session.scalar(
        sa.select(StaffMember.factor_since).where(StaffMember.id == ZHAO.staff_id)
    )


def test_an_administrator_demands_alone_and_gives_up_the_demand_with_a_second(
    app: Flask, act: Act, sun: FlaskClient, zhao: FlaskClient
) -> None:
    add_administrators(act, MEI)
    why = {"why": "等保要求", "since": day_after(act, 0)}
    address = "/admin/factor-demands/officer/change"
    assert change_row(sun, address, demanded="yes", **why) == "/admin/factor-demands/officer"
    assert zhao.get("/desk/").location == "/account/factor"
    asked = change_row(sun, address, demanded="no", **why)
    assert zhao.get("/desk/").location == "/account/factor", "nothing is given up yet"
    mei = browser_of(app, act, MEI)
    assert "Officer" in open_page(mei, f"{asked}?lang=en")
    assert mei.post(f"{asked}/grant").status_code == 303
    assert zhao.get("/desk/").status_code == 200
    assert "等保要求" in open_page(sun, "/admin/factor-demands/officer")
    tomorrow = {**why, "since": day_after(act, 1)}
    change_row(sun, address, demanded="yes", **tomorrow)
    assert zhao.get("/desk/").status_code == 200, "not before its day"
