"""The form of a restricted category asks which department the appeal is about (Rules 3)."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from tests.cast import OPERATOR, WATER
from tests.restricted import CONDUCT, add_conduct
from tests.web.citizen_filing import FORM
from tests.web.filing_form import PAGES, send_page
from tests.web.staff_browser import browser_of


@pytest.fixture(autouse=True)
def conduct(act: Act) -> None:
    add_conduct(act)


def test_the_form_of_a_restricted_category_asks_which_department_it_is_about(
    client: FlaskClient, act: Act
) -> None:
    asked = 'name="complained_department"'
    act.session.commit()
    assert asked not in send_page(client, "what").text
    wrong = send_page(client, "about", category=CONDUCT)
    assert wrong.status_code == 422
    assert "不清楚的，请选" in wrong.text
    assert asked in wrong.text
    send_page(client, "about", category=CONDUCT, complained_department=WATER)
    assert "市水务局" in send_page(client, "who").text
    send_page(client, "check", go="send")
    filed = act.session.scalars(sa.select(Appeal)).one()
    assert (filed.restricted, filed.complained_department) == (True, WATER)


@pytest.mark.parametrize(
    ("given", "status", "complained"),
    [
        ({"complained_department": WATER}, 303, WATER),
        ({"complained_department": "unknown"}, 303, None),
        ({}, 303, None),
        ({"complained_department": ""}, 422, None),
        ({"complained_department": "nobody"}, 422, None),
    ],
)
def test_a_whole_form_says_whom_it_is_about_or_that_it_is_not_known(
    client: FlaskClient, act: Act, given: dict[str, str], status: int, complained: str | None
) -> None:
    act.session.commit()
    sent = {**FORM, "category": CONDUCT, **given}
    assert client.post("/appeals/new", data=sent).status_code == status
    filed = act.session.scalars(sa.select(Appeal.complained_department)).all()
    assert filed == ([complained] if status == 303 else [])


def test_an_operator_without_the_permission_files_a_restricted_appeal_and_cannot_open_it(
    app: Flask, act: Act
) -> None:
    browser = browser_of(app, act, OPERATOR)
    told = {name: text for step in PAGES.values() for name, text in step.items() if name != "go"}
    sent = {**told, "form_key": "a one-time key of this form", "category": CONDUCT}
    empty = {"complained_department": ""}
    assert browser.post("/centre/new", data={**sent, **empty}).status_code == 422
    filed = browser.post("/centre/new", data={**sent, "complained_department": WATER})
    assert (filed.status_code, "data-query-code" in filed.text) == (200, True)
    appeal = act.session.scalars(sa.select(Appeal)).one()
    assert (appeal.restricted, appeal.state) == (True, State.ACCEPTED)
    assert browser.get(f"/centre/appeals/{appeal.number}").status_code == 404
