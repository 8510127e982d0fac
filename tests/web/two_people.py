"""Several administrators at the pages of accounts: what they ask, and who was told."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appeals.act import Act
from appeals.domain.people import Actor, Role
from appeals.models.notice import Notice
from appeals.models.staff import StaffMember
from tests.cast import SUPERVISOR, ZHAO
from tests.web.staff_browser import forget_rows

MEI = Actor(Role.ADMINISTRATOR, 8, "Administrator Mei")
TAO = Actor(Role.ADMINISTRATOR, 9, "Administrator Tao")
WHY = {"why": "岗位调整"}
OFFICER, WU = f"officer{ZHAO.staff_id}", f"supervisor{SUPERVISOR.staff_id}"
MALLORY = {"username": "mallory", "name": "Mallory", "role": "supervisor", "department_code": ""}
PASSWORD = re.compile(r"data-one-time-password>([^<]+)<")


def add_administrators(act: Act, *people: Actor) -> None:
    for person in people:
        act.session.add(
            StaffMember(
                id=person.staff_id,
                username=person.name.split()[-1].lower(),
                name=person.name,
                role=person.role,
                department_code=person.department,
                email=f"{person.name.split()[-1].lower()}@example.org",
                password_hash="none",
                created_at=datetime(2020, 1, 1, tzinfo=UTC),
            )
        )
    act.session.commit()


def confirm_step(browser: FlaskClient, step: str, **given: str) -> TestResponse:
    data = {**WHY, **given, "confirmed": "yes"}
    return browser.post(f"/admin/staff/{step}?lang=en", data=data)


def role_fields(role: str, name: str = "Zhao", department: str = "") -> dict[str, str]:
    return {"name": name, "role": role, "department_code": department}


def role_of(act: Act, username: str) -> Role | None:
    forget_rows(act)
    found = sa.select(StaffMember.role).where(StaffMember.username == username)
    return act.session.scalar(found)


def request_step(browser: FlaskClient, step: str, **given: str) -> str:
    """Ask for a step; return the address of the request."""
    answer = confirm_step(browser, step, **given)
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith("/admin/requests/")
    return answer.location


def list_told(act: Act, *people: Actor) -> set[tuple[int, str, str]]:
    """Return the notices about accounts as (staff id, channel, wording)."""
    forget_rows(act)
    rows = act.session.execute(
        sa.select(Notice.staff_id, Notice.channel, Notice.body).where(
            Notice.staff_id.in_([each.staff_id for each in people])
        )
    )
    return {(row.staff_id, row.channel.value, row.body) for row in rows}


def notices_of(act: Act, person: Actor) -> Sequence[Notice]:
    forget_rows(act)
    return act.session.scalars(sa.select(Notice).where(Notice.staff_id == person.staff_id)).all()
