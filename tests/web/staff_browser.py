"""A member of staff at a browser: signed in, reading pages, with the statements counted."""

import html
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework import staff
from appeals.domain.people import Actor
from appeals.models.staff import StaffMember

MOST_STATEMENTS = 12
"""What one list or one case page may ask of the database."""


def browser_of(app: Flask, act: Act, person: Actor) -> FlaskClient:
    """Give a browser in which the person is signed in; what the test wrote is committed."""
    browser = app.test_client()
    row = act.session.get_one(StaffMember, person.staff_id)
    now = Act(act.session, act.actor, datetime.now(UTC), act.secret)
    browser.set_cookie("sid", staff._new_session(now, row))
    act.session.commit()
    return browser


def page(browser: FlaskClient, address: str) -> str:
    """Give the text of a page that opens."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.text)


def statements(session: Session, browser: FlaskClient, address: str) -> int:
    """Count the statements of one page, without the savepoints that only the test has."""
    seen: list[str] = []

    def note(*call: object) -> None:
        seen.append(str(call[2]))

    connection = session.connection()
    sa.event.listen(connection, "before_cursor_execute", note)
    page(browser, address)
    sa.event.remove(connection, "before_cursor_execute", note)
    return len([each for each in seen if "SAVEPOINT" not in each])
