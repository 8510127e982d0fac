"""What an administrator alone tries: at the pages, and with the database at hand."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from appeals.act import Act
from appeals.domain.people import Role
from appeals.domain.states import State
from appeals.models.staff import StaffMember
from tests.cast import ROADS, SUPERVISOR, WATER, ZHAO
from tests.factories import appeal_in
from tests.web.staff_browser import browser_of, forget_rows, open_page
from tests.web.two_people import (
    MALLORY,
    MEI,
    OFFICER,
    PASSWORD,
    WU,
    add_administrators,
    confirm_step,
    request_step,
    role_fields,
    role_of,
)

A_PHONE = "13800138000"
ATTACKS = {
    "a new supervisor": [("add", MALLORY)],
    "a new administrator who agrees": [("add", {**MALLORY, "role": "administrator"})],
    "a new officer": [("add", {**MALLORY, "role": "officer", "department_code": ROADS})],
    "an officer made supervisor": [(f"{OFFICER}/change", role_fields("supervisor"))],
    "an officer moved to another department": [
        (f"{OFFICER}/change", role_fields("officer", department=WATER))
    ],
    "an officer made leader": [(f"{OFFICER}/change", role_fields("leader", department=ROADS))],
    "a supervisor's password": [(f"{WU}/password", {})],
    "the other administrator's password": [("mei/password", {})],
    "the second factor": [(f"{WU}/factor", {})],
    "the other administrator disabled first": [("mei/disable", {}), ("add", MALLORY)],
    "the other administrator lowered first": [
        ("mei/change", role_fields("officer", "Mei", ROADS)), ("add", MALLORY),
    ],
}  # fmt: skip


@pytest.mark.parametrize("steps", ATTACKS.values(), ids=ATTACKS)
def test_an_administrator_alone_gets_no_account_that_sees_appeals(
    act: Act, sun: FlaskClient, steps: list[tuple[str, dict[str, str]]]
) -> None:
    """Sun walks to a confidential contact: no step gives a password or a role, in any order."""
    add_administrators(act, MEI)
    wu = act.session.get_one(StaffMember, SUPERVISOR.staff_id)
    wu.factor_salt, wu.factor_since = b"salt", act.now
    appeal_in(act, State.ACCEPTED, confidential=True, contact_phone=A_PHONE)
    act.session.commit()
    before = act.session.execute(sa.select(StaffMember.username, StaffMember.password_hash)).all()
    for step, given in steps:
        answer = confirm_step(sun, step, **given)
        assert not PASSWORD.search(answer.text), step
    for address in re.findall(r'href="(/admin/requests/\d+)"', open_page(sun, "/admin/requests")):
        for decision in ("grant", "refuse"):
            refused = sun.post(f"{address}/{decision}?lang=en", data={"answer": "fine"})
            assert refused.status_code == 403, refused.text
    forget_rows(act)
    after = act.session.execute(sa.select(StaffMember.username, StaffMember.password_hash)).all()
    assert sorted(before) == sorted(after), "no account is new and no password"
    assert role_of(act, OFFICER) is Role.OFFICER
    assert act.session.get_one(StaffMember, ZHAO.staff_id).department_code == ROADS
    assert act.session.get_one(StaffMember, SUPERVISOR.staff_id).factor_since is not None


FORGED = {
    "decided by who asked": "UPDATE staff_request SET outcome = 'granted', decided_by = asked_by,"
    " decided_at = asked_at",
    "decided by the person concerned": "UPDATE staff_request SET outcome = 'granted',"
    " decided_by = staff_id, decided_at = asked_at",
    "granted by nobody": "UPDATE staff_request SET outcome = 'granted', decided_at = asked_at",
    "granted after its time": "UPDATE staff_request SET outcome = 'granted', decided_by = 8,"
    " decided_at = expires_at",
    "another wish": "UPDATE staff_request SET wanted = '{}'",
    "deleted": "DELETE FROM staff_request",
    "asked for oneself": "INSERT INTO staff_request (kind, subject, staff_id, wanted, reason,"
    " asked_by, asked_at, expires_at) VALUES ('role', 'x', 7, '{}', '', 7, now(), now())",
}


@pytest.mark.parametrize("statement", FORGED.values(), ids=FORGED)
def test_the_database_refuses_a_request_that_one_person_decides(
    act: Act, sun: FlaskClient, statement: str
) -> None:
    add_administrators(act, MEI)
    request_step(sun, f"{WU}/password")
    with pytest.raises(IntegrityError), act.session.begin_nested():
        act.session.execute(sa.text(statement))


def test_the_database_keeps_a_decision(app: Flask, act: Act, sun: FlaskClient) -> None:
    add_administrators(act, MEI)
    address = request_step(sun, f"{WU}/password")
    browser_of(app, act, MEI).post(f"{address}/refuse", data={"answer": "no"})
    forget_rows(act)
    again = "UPDATE staff_request SET outcome = 'granted'"
    with pytest.raises(IntegrityError), act.session.begin_nested():
        act.session.execute(sa.text(again))
