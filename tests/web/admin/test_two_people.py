"""A request takes two people: who asks, who decides, who is told, and the one who is alone."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.casework.configuration import configuration_changes
from appeals.casework.configuration.configuration_changes import WantedChange
from appeals.casework.records import change_log
from appeals.domain.configuration import ACCOUNTS, ChangeStep
from appeals.domain.people import Actor, Role
from appeals.models.notice import Notice
from appeals.models.organisation import Category
from appeals.models.staff import StaffMember
from tests.cast import DISPATCHER, OPERATOR, ROADS, SUN, SUPERVISOR, ZHAO
from tests.restricted import CONDUCT, add_conduct
from tests.web.staff_browser import browser_of, forget_rows, open_page
from tests.web.two_people import (
    MALLORY,
    MEI,
    OFFICER,
    PASSWORD,
    TAO,
    WHY,
    WU,
    add_administrators,
    confirm_step,
    list_told,
    notices_of,
    request_step,
    role_fields,
    role_of,
)


def test_a_second_administrator_agrees_and_is_shown_the_password(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI)
    mei = browser_of(app, act, MEI)
    address = request_step(sun, "add", **MALLORY)
    assert role_of(act, "mallory") is None
    shown = open_page(mei, f"{address}?lang=en")
    assert SUN.name in shown
    assert "岗位调整" in shown
    assert "Supervisor" in shown
    granted = mei.post(f"{address}/grant")
    found = PASSWORD.search(granted.text)
    assert found is not None
    assert staff_accounts.sign_in(act, "mallory", found[1])
    assert role_of(act, "mallory") is Role.SUPERVISOR
    history = open_page(sun, "/admin/staff/mallory?lang=en")
    assert SUN.name in history
    assert f"Agreed by {MEI.name}" in history
    assert mei.post(f"{address}/grant").status_code == 409, "decided once"
    assert "Granted" in open_page(sun, "/admin/requests?lang=en")
    assert "data-one-time-password" not in open_page(sun, address)


def test_a_role_is_changed_by_the_second_and_the_person_is_told_twice(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI)
    act.session.get_one(StaffMember, ZHAO.staff_id).email = "zhao@example.org"
    act.session.commit()
    address = request_step(
        sun, f"{OFFICER}/change", **role_fields("dispatcher"), email="z@example.org"
    )
    (asked,) = [body for who, way, body in list_told(act, ZHAO) if way == "desk"]
    assert SUN.name in asked
    assert "takes effect when a second person agrees" in asked
    waits = [body for who, way, body in list_told(act, MEI) if way == "email"]
    assert [address in each for each in waits] == [True]
    assert browser_of(app, act, MEI).post(f"{address}/grant").status_code == 303
    assert role_of(act, OFFICER) is Role.DISPATCHER
    mailed = {
        row.recipient for row in act.session.scalars(sa.select(Notice)) if "@" in row.recipient
    }
    assert {"zhao@example.org", "z@example.org"} <= mailed, "the old address too"
    news = open_page(browser_of(app, act, ZHAO), "/account?lang=en")
    assert f"Asked by {SUN.name}, agreed by {MEI.name}" in news
    assert "由" not in news.partition("News about accounts")[2].partition("Second factor")[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_person_concerned_does_not_decide(
    app: Flask, act: Act, sun: FlaskClient, language: str
) -> None:
    add_administrators(act, MEI, TAO)
    address = request_step(sun, "mei/password")
    mei, tao = browser_of(app, act, MEI), browser_of(app, act, TAO)
    for who in (mei, sun):
        assert f"{address}/grant" not in open_page(who, f"{address}?lang={language}")
        assert who.post(f"{address}/grant").status_code == 403
    assert f"{address}/grant" in open_page(tao, f"{address}?lang={language}")
    assert PASSWORD.search(tao.post(f"{address}/grant").text)


def test_a_refusal_needs_a_reason_and_changes_nothing(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI)
    address = request_step(sun, f"{WU}/password")
    assert confirm_step(sun, f"{WU}/password").status_code == 409, "asked already"
    mei = browser_of(app, act, MEI)
    without = mei.post(f"{address}/refuse?lang=en", data={"answer": " "})
    assert (without.status_code, 'href="#answer"' in without.text) == (422, True)
    assert mei.post(f"{address}/refuse", data={"answer": "她在休假"}).status_code == 303
    for person in (SUN, SUPERVISOR):
        assert any("她在休假" in body for _who, _way, body in list_told(act, person)), person.name
    assert act.session.get_one(StaffMember, SUPERVISOR.staff_id).password_hash == "none"
    assert "她在休假" in open_page(sun, address)


def test_a_withdrawn_request_can_be_asked_again(app: Flask, act: Act, sun: FlaskClient) -> None:
    add_administrators(act, MEI)
    address = request_step(sun, f"{WU}/password")
    mei = browser_of(app, act, MEI)
    assert mei.post(f"{address}/withdraw").status_code == 403
    assert sun.post(f"{address}/withdraw").status_code == 303
    assert mei.post(f"{address}/grant").status_code == 409
    assert request_step(sun, f"{WU}/password") != address


def test_a_request_waits_seven_days(app: Flask, act: Act, sun: FlaskClient) -> None:
    add_administrators(act, MEI)
    asked = Act(act.session, SUN, act.now - timedelta(days=7, minutes=1), act.secret)
    wish = WantedChange(ACCOUNTS, ChangeStep.PASSWORD, WU, WHY)
    request_id = configuration_changes.make_change(asked, wish, 0).request_id
    act.session.commit()
    address = f"/admin/requests/{request_id}"
    mei = browser_of(app, act, MEI)
    assert "Expired" in open_page(mei, f"{address}?lang=en")
    assert mei.post(f"{address}/grant").status_code == 409
    assert request_step(sun, f"{WU}/password") != address


def test_a_request_about_a_row_changed_since_cannot_be_granted(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI)
    address = request_step(sun, f"{OFFICER}/change", **role_fields("supervisor"))
    mei = browser_of(app, act, MEI)
    assert confirm_step(mei, f"{OFFICER}/disable").status_code == 303
    assert mei.post(f"{address}/grant").status_code == 409
    assert role_of(act, OFFICER) is Role.OFFICER


def test_the_only_administrator_acts_alone_and_the_whole_centre_is_told(
    act: Act, sun: FlaskClient
) -> None:
    preview = sun.post("/admin/staff/add?lang=en", data={**WHY, **MALLORY})
    assert "all staff of the centre are told" in preview.text
    answer = confirm_step(sun, "add", **MALLORY)
    assert PASSWORD.search(answer.text)
    for person in (OPERATOR, DISPATCHER, SUPERVISOR):
        assert [SUN.name in body for _who, _way, body in list_told(act, person)] == [True], (
            person.name
        )
    assert list_told(act, ZHAO, SUN) == set(), "no department, and not who did it"
    listed = open_page(sun, "/admin/requests?lang=en")
    assert "Made by the only administrator" in listed


def test_an_administrator_gone_for_a_week_is_no_second_one_any_more(
    act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI)
    for ago, is_alone in ((timedelta(days=6), False), (timedelta(days=8), True)):
        act.session.get_one(StaffMember, MEI.staff_id).disabled_at = act.now - ago
        act.session.commit()
        name = f"mallory{ago.days}"
        answer = confirm_step(sun, "add", **{**MALLORY, "username": name})
        assert (answer.status_code, bool(PASSWORD.search(answer.text))) == (
            (200, True) if is_alone else (409, False)
        )


def test_taking_access_away_needs_no_second_administrator(act: Act, sun: FlaskClient) -> None:
    add_administrators(act, MEI, Actor(Role.LEADER, 10, "Leader Kong", ROADS))
    assert confirm_step(sun, f"{WU}/change", **role_fields("operator")).status_code == 303
    assert role_of(act, WU) is Role.OPERATOR
    lowered = confirm_step(sun, "kong/change", **role_fields("officer", "Kong", ROADS))
    assert lowered.location == "/admin/staff/kong"
    assert confirm_step(sun, "kong/disable").status_code == 303
    assert confirm_step(sun, "mei/disable").status_code == 303
    for person in (OPERATOR, DISPATCHER):
        assert [MEI.name in each.subject for each in notices_of(act, person)] == [True]


def test_a_person_who_signs_in_again_is_told_that_there_is_news(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    once = PASSWORD.search(confirm_step(sun, f"{OFFICER}/password").text)
    assert once is not None
    act.session.get_one(StaffMember, ZHAO.staff_id).one_time_until = None
    act.session.commit()
    given = {"username": OFFICER, "password": once[1]}
    news = "There is news about accounts"
    for is_told in (True, False):
        zhao = app.test_client()
        assert zhao.post("/sign-in?lang=en", data=given).status_code == 302
        assert (news in open_page(zhao, "/desk/?lang=en")) is is_told


def test_to_open_a_restricted_category_takes_two_administrators(
    app: Flask, act: Act, sun: FlaskClient
) -> None:
    add_administrators(act, MEI)
    add_conduct(act)
    act.session.commit()
    given = {"zh": "政务作风", "en": "Conduct of officials", "urgent": "no", **WHY}
    change = f"/admin/categories/{CONDUCT}/change?lang=en"
    off = {**given, "restricted": "no"}
    assert "another administrator has to agree" in sun.post(change, data=off).text
    asked = sun.post(change, data={**off, "confirmed": "yes"})
    assert asked.location.startswith("/admin/requests/")
    assert is_restricted(act)
    assert sun.post(f"{asked.location}/grant").status_code == 403
    assert "Conduct of officials" in open_page(sun, f"{asked.location}?lang=en")
    (mail,) = [each for each in notices_of(act, MEI) if "@" in each.recipient]
    assert "Category Conduct of officials, no longer restricted" in mail.subject
    assert re.search(r"须由您或其他有权的人员在\d{4}年\d+月\d+日 \d\d:\d\d前复核", mail.body)
    assert re.search(r"before \d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d\.", mail.body)
    granted = browser_of(app, act, MEI).post(
        f"{asked.location}/grant?lang=en", follow_redirects=True
    )
    done = "You agreed: Category no longer restricted (Conduct of officials). It has taken effect."
    assert done in granted.text
    assert "was told" not in granted.text, "nobody is concerned"
    assert not is_restricted(act)
    on = {**given, "restricted": "yes", "confirmed": "yes", "seen": str(last_change(act))}
    assert sun.post(change, data=on).location == f"/admin/categories/{CONDUCT}"
    assert is_restricted(act), "to restrict takes one"
    assert "categories under it are set on their own" in open_page(sun, change)


def is_restricted(act: Act) -> bool:
    forget_rows(act)
    return act.session.get_one(Category, CONDUCT).restricted


def last_change(act: Act) -> int:
    return change_log.find_last_change_id(act, "categories", CONDUCT)


@pytest.mark.parametrize(("language", "kind"), [("zh", "投诉"), ("en", "Complaint")])
def test_a_request_about_retention_is_titled_with_the_kind_of_appeal(
    act: Act, sun: FlaskClient, language: str, kind: str
) -> None:
    add_administrators(act, MEI)
    years = {**WHY, "years": "5", "confirmed": "yes"}
    asked = sun.post("/admin/retention/complaint/change", data=years)
    shown = open_page(sun, f"{asked.location}?lang={language}")
    assert f'<span class="govuk-caption-l">{kind}</span>' in shown
