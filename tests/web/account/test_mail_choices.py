"""Staff choose which regular mails they have, and in which language."""

import pytest
from flask import Flask

from appeals.act import Act
from appeals.casework.accounts.regular_mails import load_choices
from appeals.domain.people import CENTRE, DEPARTMENT, Actor, Role
from appeals.domain.vocabulary import RegularMail
from appeals.models.staff import StaffMember
from tests.cast import CAST, LEADER
from tests.web.staff_browser import browser_of, open_page

WORK, DAILY, WEEKLY = RegularMail


def test_a_choice_is_kept_and_shown(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, LEADER)
    asked = {"mail": ["daily_brief"], "language": "en"}
    answer = browser.post("/account/mails", data=asked)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/mails")
    act.session.expire_all()
    assert load_choices(act.by(LEADER)) == {WORK: False, DAILY: True, WEEKLY: False}
    assert act.session.get_one(StaffMember, LEADER.staff_id).language == "en"
    page = open_page(browser, "/account/mails")
    assert page.count("checked") == 2
    assert 'value="daily_brief" checked' in page
    assert 'value="en" checked' in page
    assert "/account/mails" in open_page(browser, "/account")


@pytest.mark.parametrize("person", CAST.values(), ids=lambda person: person.role.value)
def test_each_role_is_offered_its_mails(app: Flask, act: Act, person: Actor) -> None:
    page = open_page(browser_of(app, act, person), "/account/mails")
    offered = {mail for mail in RegularMail if f'value="{mail.value}"' in page}
    briefs = {DAILY, WEEKLY} if person.role in {Role.LEADER, Role.SUPERVISOR} else set()
    if person.role is Role.ADMINISTRATOR:
        briefs = {DAILY, WEEKLY}
    work = {WORK} if person.role in CENTRE | DEPARTMENT else set()
    assert offered == work | briefs


def test_a_mail_that_is_not_offered_is_not_chosen(app: Flask, act: Act) -> None:
    browser = browser_of(app, act, CAST[Role.OFFICER])
    browser.post("/account/mails", data={"mail": ["daily_brief", "nonsense"], "language": "xx"})
    act.session.expire_all()
    assert load_choices(act.by(CAST[Role.OFFICER])) == {WORK: False}
