"""A change is undone as a change back, while no promise, dispatch or report rests on it."""

import html
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.casework.configuration.department_handover import hand_over_cases
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal
from appeals.models.configuration import RecordedChange
from appeals.models.organisation import Category, Department, LimitOfDuty
from appeals.reference.reference_data import load_reference
from tests.cast import ROADS, WATER
from tests.factories import appeal_in, file_appeal, played
from tests.web.staff_browser import change_row, day_after, forget_rows, open_page

WHY = {"why": "填错了"}
LIMIT = "/admin/limits/finish-any-ordinary"


def last_change(act: Act) -> RecordedChange:
    forget_rows(act)
    return act.session.scalars(
        sa.select(RecordedChange).order_by(RecordedChange.id.desc()).limit(1)
    ).one()


def first_of_newest(act: Act) -> int:
    newest = last_change(act)
    found = act.session.scalar(
        sa.select(sa.func.min(RecordedChange.id)).where(RecordedChange.at == newest.at)
    )
    return found or 0


def undo(browser: FlaskClient, change_id: int) -> str:
    """Take the change back; return the sentence of a refusal, empty where it was done."""
    address = f"/admin/changes/{change_id}/undo?lang=en"
    page = browser.get(address)
    if page.status_code != 200:
        assert page.status_code == 409
        return html.unescape(page.text)
    answer = browser.post(address, data=WHY)
    assert answer.status_code == 303, answer.text
    return ""


def finish_amounts(act: Act, days: int = 0) -> int:
    forget_rows(act)
    at = act.later(timedelta(days=days)).at(datetime.now(UTC) + timedelta(days=days))
    case_limits = [
        row
        for row in load_reference(act).book.limits
        if row.duty == "finish" and row.kind is None and not row.urgent and not row.investigation
    ]
    return max(
        (row for row in case_limits if row.valid_from <= at.now), key=lambda row: row.valid_from
    ).limit.amount


def test_a_changed_name_is_changed_back_and_the_history_keeps_both(
    act: Act, sun: FlaskClient
) -> None:
    address = f"/admin/departments/{ROADS}"
    given = {"zh": "市城管委", "en": "City works", "tier": "municipal", **WHY}
    change_row(sun, f"{address}/change", **given)
    row = open_page(sun, f"{address}?lang=en")
    change = last_change(act)
    assert f"/admin/changes/{change.id}/undo" in row
    assert undo(sun, change.id) == ""
    back = act.session.get_one(Department, ROADS)
    act.session.refresh(back)
    assert (back.zh, back.en) == ("市城市管理局", "Urban management")
    assert last_change(act).step == "undo"
    assert "Undo the newest change" not in open_page(sun, f"{address}?lang=en")
    assert "not undone" in undo(sun, last_change(act).id)


def test_an_older_change_is_not_undone_before_the_newer_one(act: Act, sun: FlaskClient) -> None:
    change_row(sun, "/admin/campaign/1/change", name_en="One", **WHY)
    older = last_change(act).id
    change_row(sun, "/admin/campaign/1/change", name_en="Two", **WHY)
    assert "It was changed again since" in undo(sun, older)
    assert undo(sun, last_change(act).id) == ""
    assert "One" in open_page(sun, "/?lang=en")


def test_a_limit_is_undone_until_something_was_promised_under_it(
    act: Act, sun: FlaskClient
) -> None:
    given = {"amount": "3", "unit": "working_days", **WHY}
    change_row(sun, f"{LIMIT}/change", **given, since=day_after(act, 2))
    assert finish_amounts(act, 3) == 3
    assert undo(sun, last_change(act).id) == ""
    assert finish_amounts(act, 3) == 5

    change_row(sun, f"{LIMIT}/change", **given, since=day_after(act, 0))
    change = last_change(act).id
    later = act.at(datetime.now(UTC))
    appeal = file_appeal(later).appeal
    for action in (Action.ACCEPT, Action.DISPATCH):
        played(later, appeal, action)
    act.session.commit()
    assert "1 promise was made since it began." in undo(sun, change)
    assert finish_amounts(act) == 3


def test_an_added_limit_is_gone_when_it_is_undone(act: Act, sun: FlaskClient) -> None:
    scope = {"duty": "finish", "kind": "praise", "urgent": "no", "investigation": "no"}
    change_row(
        sun, "/admin/limits/add", **scope, amount="4", unit="days", since=day_after(act, 1), **WHY
    )
    assert undo(sun, last_change(act).id) == ""
    assert (
        act.session.scalars(sa.select(LimitOfDuty).where(LimitOfDuty.kind == "praise")).all() == []
    )


def test_a_department_that_ended_is_undone_with_its_rules_until_cases_went_over(
    act: Act, sun: FlaskClient
) -> None:
    ending = {"since": day_after(act, 0), "successor_code": WATER, **WHY}
    change_row(sun, f"/admin/departments/{ROADS}/end", **ending)
    assert undo(sun, first_of_newest(act)) == ""
    city = load_reference(act)
    assert city.departments[ROADS].valid_to is None
    assert city.departments[ROADS].successor is None
    today = datetime.now(UTC).date()
    assert {rule.department for rule in city.rules_on(today + timedelta(days=1))} == {ROADS}

    appeal_in(act.later(-timedelta(days=1)), State.IN_HAND)
    change_row(sun, f"/admin/departments/{ROADS}/end", **ending)
    ended = first_of_newest(act)
    assert hand_over_cases(act.at(datetime.now(UTC))) == 1
    act.session.commit()
    assert "1 case was handed over to the successor." in undo(sun, ended)


def test_a_rule_is_undone_until_an_appeal_was_dispatched_by_it(
    act: Act, app: Flask, sun: FlaskClient
) -> None:
    del app
    move = {"department_code": WATER, "since": day_after(act, 0), **WHY}
    change_row(sun, "/admin/categories/urban/move", **move)
    forget_rows(act)
    assert undo(sun, first_of_newest(act)) == ""
    forget_rows(act)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert {rule.department for rule in load_reference(act).rules_on(tomorrow)} == {ROADS}

    change_row(sun, "/admin/categories/urban/move", **move)
    moved = first_of_newest(act)
    later = act.at(datetime.now(UTC))
    appeal = file_appeal(later).appeal
    for action in (Action.ACCEPT, Action.DISPATCH):
        played(later, appeal, action)
    act.session.commit()
    assert "1 appeal was dispatched by it." in undo(sun, moved)


def test_a_category_is_undone_until_an_appeal_was_filed_under_it(
    act: Act, sun: FlaskClient
) -> None:
    given = {"zh": "噪音", "en": "Noise", "urgent": "yes", "restricted": "no", **WHY}
    change_row(sun, "/admin/categories/urban.noise/change", **given)
    change = last_change(act).id
    file_appeal(act.at(datetime.now(UTC)))
    act.session.commit()
    assert "1 appeal was filed under it since." in undo(sun, change)
    assert act.session.get_one(Category, "urban.noise").urgent
    act.session.execute(sa.update(Appeal).values(category="water"))
    act.session.commit()
    assert undo(sun, change) == ""


def test_undoing_needs_a_reason(act: Act, sun: FlaskClient) -> None:
    change_row(sun, "/admin/campaign/1/change", name_en="One", **WHY)
    answer = sun.post(f"/admin/changes/{last_change(act).id}/undo?lang=en", data={"why": " "})
    assert (answer.status_code, "Say why." in answer.text) == (422, True)
    assert sun.get("/admin/changes/999999/undo").status_code == 404
