"""Many pages of staff at once, with few connections to the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.database import make_session_factory
from appeals.domain.people import SYSTEM
from appeals.models.staff import StaffMember, StaffSession
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.cast import SUN, settle
from tests.conftest import beside, create, drop

TABS = 20
CONNECTIONS = 3
POOL_SECONDS = 30
"""A busy machine serves twenty pages through three connections well within it."""
MINUTES_AGO = timedelta(minutes=5)
"""Since when no use of a session is recorded; the next page records one."""


@pytest.fixture
def engine(settings: Settings) -> Iterator[sa.Engine]:
    """Provide an engine with few connections, on a database in which a request may commit."""
    ours = str(sa.make_url(settings.database_url).database)
    create(settings.database_url, f"{ours}_tabs", ours.rsplit("_", 1)[0])
    engine = sa.create_engine(
        beside(settings.database_url, f"{ours}_tabs"),
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
    )
    yield engine
    engine.dispose()
    drop(settings.database_url, f"{ours}_tabs")


@pytest.fixture
def own_app(settings: Settings, engine: sa.Engine) -> Flask:
    """Provide an application on it, with the city and the cast."""
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        settle(session)
    app = create_app(settings, sessions)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def tokens(own_app: Flask, engine: sa.Engine) -> list[str]:
    """Provide sessions of the administrator, none of which was used for minutes."""
    with make_session_factory(engine).begin() as session:
        act = Act(session, SYSTEM, datetime.now(UTC), own_app.extensions["appeals_secret"])
        person = session.get_one(StaffMember, SUN.staff_id)
        made = [staff_accounts.begin_session(act, person) for _ in range(TABS)]
        session.flush()  # the update meets the rows
        session.execute(sa.update(StaffSession).values(seen_at=act.now - MINUTES_AGO))
    return made


def status_of(app: Flask, token: str, together: Barrier | None = None) -> int:
    """Open the own account in one tab; return the status."""
    browser = app.test_client()
    browser.set_cookie("sid", token)
    if together is not None:
        together.wait()
    return browser.get("/account").status_code


def stale_sessions(engine: sa.Engine) -> int:
    """Count the sessions whose use was not recorded."""
    stale = StaffSession.seen_at < datetime.now(UTC) - MINUTES_AGO
    with engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).where(stale)) or 0


def test_twenty_tabs_after_a_pause_open_at_once_with_three_connections(
    own_app: Flask, engine: sa.Engine, tokens: list[str]
) -> None:
    together = Barrier(TABS)
    with ThreadPoolExecutor(TABS) as tabs:
        statuses = list(tabs.map(lambda token: status_of(own_app, token, together), tokens))
    assert statuses == [200] * TABS
    assert stale_sessions(engine) == 0


def test_a_page_opens_where_the_use_of_its_session_cannot_be_recorded(
    own_app: Flask, engine: sa.Engine, tokens: list[str]
) -> None:
    refuse_updates = (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'refused'; END $$;"
        "CREATE TRIGGER refuse BEFORE UPDATE ON staff_session"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(refuse_updates)
    assert status_of(own_app, tokens[0]) == 200
    assert stale_sessions(engine) == TABS
