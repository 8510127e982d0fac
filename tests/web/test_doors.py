"""Each case of `door_cases.py` goes in by its door: the form, the counter, a move, a city's row."""

import html
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.domain.configuration import ACCOUNTS, CAMPAIGN, DEPARTMENTS
from appeals.domain.people import Role
from appeals.domain.states import State
from appeals.models.appeal import Appeal, ContactVersion, Move, RoutingReason, Statement
from appeals.models.configuration import Campaign
from appeals.models.desk import ReplyTemplate
from appeals.models.notice import Notice
from appeals.models.organisation import Category, Department, RoutingRule
from appeals.models.staff import StaffMember
from appeals.reference.reference_data import mark_reference_changed
from tests.cast import LEADER, OPERATOR, ROADS, SUN, ZHAO
from tests.factories import appeal_in, file_appeal
from tests.web.citizen_filing import FORM, file_as_citizen
from tests.web.door_cases import (
    EMAILS,
    EMPTY,
    LENGTHS,
    SEARCHES,
    TEXTS,
    USERNAMES,
    DoorCase,
    Search,
)
from tests.web.filing_form import send_page
from tests.web.staff.test_centre import CALL
from tests.web.staff_browser import browser_of

Kept = Callable[[], str | None]
WHY = {"why": "核对", "confirmed": "yes"}
LI = {"username": "li.na", "name": "Li Na", "role": "officer", "department_code": ROADS, **WHY}


@dataclass(frozen=True)
class Doors:
    """Sends a case in by its door, and reads what was kept."""

    app: Flask
    act: Act

    @property
    def session(self) -> Session:
        """Return the session of the test."""
        return self.act.session

    def send(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        """Return the answer, and a function that reads the stored value."""
        door: Callable[[DoorCase], tuple[TestResponse, Kept]] = getattr(self, f"at_{case.door}")
        return door(case)

    def at_form(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        sent = {**FORM, case.field: case.typed}
        return self.app.test_client().post("/appeals/new", data=sent), self._newest(Statement, case)

    def at_counter(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        browser = browser_of(self.app, self.act, OPERATOR)
        sent = {**CALL, case.field: case.typed}
        return browser.post("/centre/new", data=sent), self._newest(Statement, case)

    def at_contact(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        client = self.app.test_client()
        number, _ = file_as_citizen(client)
        sent = {"contact_name": "王", "contact_phone": "13900000000", case.field: case.typed}
        column = DoorCase(case.door, case.field.removeprefix("contact_"), case.typed)
        answer = client.post(f"/appeals/{number}/change_contact", data=sent)
        return answer, self._newest(ContactVersion, column)

    def at_answer(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        appeal = appeal_in(self.act, State.IN_HAND)
        browser = browser_of(self.app, self.act, ZHAO)
        sent = {"result": "solved", "seen": str(appeal.moves_made), case.field: case.typed}
        answer = browser.post(f"/desk/appeals/{appeal.number}/answer", data=sent)
        return answer, self._words_of(appeal)

    def at_addition(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        client = self.app.test_client()
        number, _ = file_as_citizen(client)
        appeal = self.session.scalars(sa.select(Appeal).where(Appeal.number == number)).one()
        answer = client.post(f"/appeals/{number}/add", data={case.field: case.typed})
        return answer, self._words_of(appeal)

    def at_department(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        sent = {"zh": "城管局", "en": "Roads", "tier": "municipal", **WHY, case.field: case.typed}
        answer = self._sun().post(f"/admin/{DEPARTMENTS.name}/{ROADS}/change", data=sent)
        return answer, lambda: getattr(self._fresh(Department, ROADS), case.field, None)

    def at_campaign(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        sent = {"name_zh": "诉求", **WHY, case.field: case.typed}
        answer = self._sun().post(f"/admin/{CAMPAIGN.name}/1/change", data=sent)
        return answer, lambda: getattr(self._fresh(Campaign, 1), case.field) or ""

    def at_account(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        sent = {**LI, case.field: case.typed}
        answer = self._sun().post(f"/admin/{ACCOUNTS.name}/add", data=sent)
        return answer, self._newest(StaffMember, case)

    def at_template(self, case: DoorCase) -> tuple[TestResponse, Kept]:
        browser = browser_of(self.app, self.act, LEADER)
        sent = {"name": "已修复", "words": "您好", case.field: case.typed}
        return browser.post("/desk/templates", data=sent), self._newest(ReplyTemplate, case)

    def _sun(self) -> FlaskClient:
        return browser_of(self.app, self.act, SUN)

    def _newest(self, table: type[object], case: DoorCase) -> Kept:
        key = sa.inspect(table).primary_key
        query = sa.select(getattr(table, case.field)).order_by(*(each.desc() for each in key))
        return lambda: self.session.scalars(query).first()

    def _words_of(self, appeal: Appeal) -> Kept:
        words = sa.select(Move.words).where(Move.appeal_id == appeal.id).order_by(Move.seq.desc())
        return lambda: self.session.scalars(words).first()

    def _fresh(self, table: type[Department | Campaign], key: object) -> object:
        return self.session.get(table, key, populate_existing=True)


@pytest.fixture
def doors(app: Flask, act: Act) -> Doors:
    """Provide the doors of the small city."""
    return Doors(app, act)


CASES = {**TEXTS, **LENGTHS, **EMAILS, **EMPTY, **USERNAMES}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_brought_in_is_kept_as_it_is_meant_or_refused(doors: Doors, case: DoorCase) -> None:
    answer, kept = doors.send(case)
    if case.refused is not None:
        assert answer.status_code == 422, answer.text[:2000]
        assert case.refused in html.unescape(answer.text)
        assert kept() != case.typed
        if len(case.typed.strip()) > 1 and case.refused:
            assert case.typed[:50] in html.unescape(answer.text)
    else:
        assert answer.status_code < 400, answer.text[:3000]
        assert kept() == (case.typed.replace("\r\n", "\n") if case.kept == "x" else case.kept)


def found_at_topic(doors: Doors, search: Search) -> bool:
    category = doors.session.get_one(Category, "urban.noise")
    category.words = search.stored
    mark_reference_changed(doors.session, "other words")
    doors.session.commit()
    shown = send_page(doors.app.test_client(), "what", detail=search.asked).text
    return 'type="radio" value="urban.noise"' in shown


def found_at_desk(doors: Doors, search: Search) -> bool:
    appeal = appeal_in(doors.act, State.SIGNED, subject=search.stored)
    browser = browser_of(doors.app, doors.act, ZHAO)
    return appeal.number in browser.get("/desk/", query_string={"q": search.asked}).text


def found_at_department(doors: Doors, search: Search) -> bool:
    doors.session.get_one(Department, ROADS).zh = search.stored
    browser = browser_of(doors.app, doors.act, SUN)
    shown = browser.get(f"/admin/{DEPARTMENTS.name}", query_string={"q": search.asked}).text
    return f"/admin/{DEPARTMENTS.name}/{ROADS}" in shown


def found_at_rule(doors: Doors, search: Search) -> bool:
    doors.session.scalars(sa.select(RoutingRule)).one().words = [search.stored]
    mark_reference_changed(doors.session, "other words")
    appeal = file_appeal(doors.act, detail=search.asked).appeal
    return doors.session.get_one(RoutingReason, appeal.id).department == ROADS


@pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)
def test_every_search_takes_spellings_for_one(doors: Doors, search: Search) -> None:
    found: Callable[[Doors, Search], bool] = globals()[f"found_at_{search.where}"]
    assert found(doors, search) is search.is_found


def test_a_username_in_full_width_signs_in(app: Flask, act: Act) -> None:
    password = staff_accounts.add_staff(act, "li.na", "李娜", Role.OFFICER, ROADS)
    act.session.commit()
    sent = {"username": "ＬＩ．ｎａ", "password": password}
    assert app.test_client().post("/sign-in", data=sent).status_code == 302


TOLD = {
    "Chinese domain": ("contact_email", "li@例子。中国", ["li@xn--fsqu00a.xn--fiqs8s"]),
    "Chinese full stop": ("contact_email", "li@163。com", ["li@163.com"]),
    "mobile": ("contact_phone", "+86 138-0013-8000", ["13800138000"]),
    "mobile with an extension": ("contact_phone", "13800138000转801", []),
    "landline": ("contact_phone", "85911234", []),
}


@pytest.mark.parametrize(("field", "typed", "recipients"), TOLD.values(), ids=TOLD)
def test_a_notice_is_addressed_as_it_can_be_sent(
    doors: Doors, field: str, typed: str, recipients: list[str]
) -> None:
    file_as_citizen(doors.app.test_client(), **{field: typed})
    assert doors.session.scalars(sa.select(Notice.recipient)).all() == recipients
