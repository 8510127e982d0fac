"""The administrators' pages: who has an account, a new one, a new password, the end of one."""

import html
import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework import staff
from appeals.domain.people import SYSTEM
from appeals.models.staff import StaffMember
from tests.cast import ROADS, SUN, ZHAO
from tests.web.staff_browser import browser_of


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    secret: bytes = app.extensions["appeals_secret"]
    return Act(session, SYSTEM, datetime.now(UTC), secret)


def one_time(text: str) -> str:
    found = re.search(r"data-one-time-password>([^<]+)<", text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_show_in_both_languages(app: Flask, act: Act, language: str) -> None:
    browser = browser_of(app, act, SUN)
    index = browser.get(f"/admin/?lang={language}")
    assert 'href="/admin/reports/"' in index.text
    assert 'href="/admin/staff"' in index.text
    people = html.unescape(browser.get(f"/admin/staff?lang={language}").text)
    assert ZHAO.name in people
    assert ZHAO.role.label(language) in people


def test_a_new_officer_signs_in_with_the_password_shown(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, SUN)
    account = {"username": "Li.Na", "name": "Li Na", "role": "officer", "department": ROADS}
    added = browser.post("/admin/staff", data=account)
    assert added.status_code == 200
    assert staff.sign_in(act, "li.na", one_time(added.text))
    again = browser.post("/admin/staff?lang=en", data=account)
    assert again.status_code == 422
    assert "This username is already taken." in again.text
    assert 'value="Li Na"' in again.text


@pytest.mark.parametrize(
    "wrong", [{"role": "citizen"}, {"role": ""}, {"username": ""}, {"department": ""}]
)
def test_an_account_that_cannot_be_is_refused(app: Flask, act: Act, wrong: dict[str, str]) -> None:
    account = {"username": "li", "name": "Li Na", "role": "officer", "department": ROADS}
    answer = browser_of(app, act, SUN).post("/admin/staff", data={**account, **wrong})
    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.text


def test_a_reset_shows_a_new_password_and_ends_the_sessions(app: Flask, act: Act) -> None:
    officer = browser_of(app, act, ZHAO)
    answer = browser_of(app, act, SUN).post(f"/admin/staff/{ZHAO.staff_id}/reset")
    assert staff.sign_in(act, f"officer{ZHAO.staff_id}", one_time(answer.text))
    assert officer.get("/desk/").status_code == 302


def test_a_disabled_person_is_out_at_the_next_request(app: Flask, act: Act) -> None:
    officer, admin = browser_of(app, act, ZHAO), browser_of(app, act, SUN)
    assert officer.get("/desk/").status_code == 200
    assert admin.post(f"/admin/staff/{ZHAO.staff_id}/disable").status_code == 303
    gone = officer.get("/desk/")
    assert (gone.status_code, "/sign-in" in gone.location) == (302, True)
    ended = sa.select(StaffMember.disabled_at).where(StaffMember.id == ZHAO.staff_id)
    assert act.session.scalar(ended) is not None


def test_nobody_disables_their_own_account_or_one_that_is_not(app: Flask, act: Act) -> None:
    admin = browser_of(app, act, SUN)
    assert admin.post(f"/admin/staff/{SUN.staff_id}/disable").status_code == 409
    assert admin.post("/admin/staff/999/disable").status_code == 404
    assert admin.post("/admin/staff/999/reset").status_code == 404
    assert admin.get("/admin/").status_code == 200
