"""The administrators' pages of staff: a new account, a move, a new password, the end of one."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.domain.states import Action, State
from appeals.models.configuration import RecordedChange
from appeals.models.staff import StaffMember
from tests.cast import ROADS, SUN, WATER, ZHAO
from tests.factories import appeal_in, played
from tests.web.staff_browser import browser_of

WHY = {"why": "岗位调整"}
LI = {"username": "li.na", "name": "Li Na", "role": "officer", "department_code": ROADS, **WHY}
OFFICER = f"officer{ZHAO.staff_id}"
ADMIN = f"administrator{SUN.staff_id}"


def confirm_step(browser: FlaskClient, step: str, **given: str) -> TestResponse:
    return browser.post(f"/admin/staff/{step}?lang=en", data={**WHY, **given, "confirmed": "yes"})


def one_time(text: str) -> str:
    found = re.search(r"data-one-time-password>([^<]+)<", text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_show_in_both_languages(sun: FlaskClient, language: str) -> None:
    index = sun.get(f"/admin/?lang={language}")
    assert 'href="/admin/reports/"' in index.text
    assert 'href="/admin/staff"' in index.text
    people = html.unescape(sun.get(f"/admin/staff?lang={language}").text)
    assert ZHAO.name in people
    assert ZHAO.role.label(language) in people
    for step in ("change", "password", "disable"):
        assert sun.get(f"/admin/staff/{OFFICER}/{step}?lang={language}").status_code == 200


def test_a_new_officer_signs_in_with_the_password_shown(act: Act, sun: FlaskClient) -> None:
    preview = sun.post("/admin/staff/add", data=LI)
    assert (preview.status_code, "data-one-time-password" in preview.text) == (200, False)
    added = confirm_step(sun, "add", **{**LI, "username": "Li.Na"})
    assert added.status_code == 200
    assert staff_accounts.sign_in(act, "li.na", one_time(added.text))
    again = confirm_step(sun, "add", **LI)
    assert again.status_code == 422
    assert "already taken" in again.text
    assert 'href="#username"' in again.text
    assert 'value="Li Na"' in again.text
    recorded = act.session.scalars(sa.select(RecordedChange)).one()
    assert (recorded.key, recorded.staff_id, recorded.why) == ("li.na", SUN.staff_id, WHY["why"])
    assert "password" not in str(recorded.after)


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "citizen"}, {"role": ""}, {"username": ""}, {"username": "a/b"},
        {"department_code": ""}, {"email": "nobody"}, {"why": ""},
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_is_refused(sun: FlaskClient, wrong: dict[str, str]) -> None:
    answer = confirm_step(sun, "add", **{**LI, **wrong})
    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.text


def test_a_reset_shows_a_new_password_and_ends_the_sessions(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    officer = browser_of(app, act, ZHAO)
    answer = confirm_step(sun, f"{OFFICER}/password")
    assert staff_accounts.sign_in(act, OFFICER, one_time(answer.text))
    assert officer.get("/desk/").status_code == 302


def test_a_disabled_person_is_out_at_the_next_request(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    officer = browser_of(app, act, ZHAO)
    assert officer.get("/desk/").status_code == 200
    assert confirm_step(sun, f"{OFFICER}/disable").status_code == 303
    gone = officer.get("/desk/")
    assert (gone.status_code, "/sign-in" in gone.location) == (302, True)
    ended = sa.select(StaffMember.disabled_at).where(StaffMember.id == ZHAO.staff_id)
    assert act.session.scalar(ended) is not None
    assert confirm_step(sun, f"{OFFICER}/password").status_code == 409


def test_who_moved_department_loses_the_old_cases_at_once(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    appeal = appeal_in(act, State.SIGNED)
    played(act.later(timedelta(hours=3)), appeal, Action.ASSIGN, officer=str(ZHAO.staff_id))
    act.session.commit()
    officer = browser_of(app, act, ZHAO)
    assert officer.get(f"/desk/appeals/{appeal.number}").status_code == 200
    said = {"name": ZHAO.name, "role": "officer", "department_code": WATER}
    preview = sun.post(f"/admin/staff/{OFFICER}/change?lang=en", data={**said, **WHY})
    assert "1 open case assigned to this person stays with the old department" in preview.text
    moved = confirm_step(sun, f"{OFFICER}/change", **said)
    assert moved.status_code == 303
    assert officer.get(f"/desk/appeals/{appeal.number}").status_code == 404


def test_nobody_locks_themselves_out(sun: FlaskClient) -> None:
    for step in ("disable", "password", "factor"):
        assert confirm_step(sun, f"{ADMIN}/{step}").status_code == 409, step
    lower = confirm_step(sun, f"{ADMIN}/change", name="Sun", role="dispatcher")
    assert lower.status_code == 409
    for step in ("disable", "password", "change"):
        assert confirm_step(sun, f"nobody/{step}").status_code == 404
    assert sun.get("/admin/").status_code == 200


def test_an_ended_session_is_out_at_its_next_request(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    officer, other = browser_of(app, act, ZHAO), browser_of(app, act, ZHAO)
    shown = sun.get(f"/admin/staff/{OFFICER}").text
    endings = re.findall(rf"/admin/staff/{OFFICER}/sessions/\w+/end", shown)
    assert len(endings) == 2
    token = officer.get_cookie("sid")
    assert token is not None
    mine = staff_accounts.make_session_reference(token.value)
    assert sun.post(f"/admin/staff/{OFFICER}/sessions/{mine}/end").status_code == 303
    assert officer.get("/desk/").status_code == 302
    assert other.get("/desk/").status_code == 200
