"""A member of staff at a browser: signed in, reading pages, with the statements counted."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.domain.calendar import city_day
from appeals.domain.people import Actor
from appeals.models.staff import StaffMember


def browser_of(app: Flask, act: Act, person: Actor) -> FlaskClient:
    """Return a browser in which the person is signed in; what the test wrote is committed."""
    browser = app.test_client()
    row = act.session.get_one(StaffMember, person.staff_id)
    now = Act(act.session, act.actor, datetime.now(UTC), act.secret)
    browser.set_cookie("sid", staff_accounts.begin_session(now, row))
    act.session.commit()
    return browser


def open_page(browser: FlaskClient, address: str) -> str:
    """Return the text of a page that opens."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.text)


@dataclass
class SentStatements:
    """What reached the database: the statements, and how often a request committed."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def count_statements(session: Session) -> Iterator[SentStatements]:
    """Count what is sent within the block, without the savepoints that only the test has."""
    sent = SentStatements()

    def note(*call: object) -> None:
        if "SAVEPOINT" not in str(call[2]):
            sent.statements.append(str(call[2]))

    def committed(_session: Session) -> None:
        sent.commits += 1

    connection = session.connection()
    sa.event.listen(connection, "before_cursor_execute", note)
    sa.event.listen(Session, "after_commit", committed)
    yield sent
    sa.event.remove(connection, "before_cursor_execute", note)
    sa.event.remove(Session, "after_commit", committed)


def day_after(act: Act, days: int) -> str:
    """Return the Shanghai day so many days after the act's, as a form gives it."""
    return city_day(act.now + timedelta(days=days)).isoformat()


def change_row(browser: FlaskClient, address: str, **given: str) -> str:
    """Fill in a step's form, look at the preview, confirm; return the address of the row."""
    preview = browser.post(address, data=given)
    assert preview.status_code == 200, preview.text
    assert 'name="confirmed"' in preview.text
    answer = browser.post(address, data={**given, "confirmed": "yes"})
    assert answer.status_code == 303, answer.text
    return answer.location


def forget_rows(act: Act) -> None:
    """Forget what the test's session read before a browser changed it."""
    act.session.commit()
    act.session.expire_all()
