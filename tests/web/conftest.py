"""A browser for the tests: an application over the test's own transaction."""

from datetime import UTC, datetime, timedelta
from types import CodeType

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.people import SYSTEM
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.cast import SUN, settle
from tests.web.staff_browser import browser_of


class CompiledTemplates(BytecodeCache):
    """What templates were compiled to, for the applications of all tests of this process.

    The checksum of a template's source decides whether its code still holds.
    """

    def __init__(self) -> None:
        """Begin with nothing compiled."""
        self.codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Return the code of a template, if it was compiled before."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the code of a template."""
        assert bucket.code is not None
        self.codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


@pytest.fixture
def app(settings: Settings, session: Session) -> Flask:
    """Provide the application over the small city; its commits are savepoints of the test."""
    settle(session)
    session.execute(  # the cast has numbers of its own; the next person's comes after them
        sa.text("SELECT setval(pg_get_serial_sequence('staff_member', 'id'), 100)")
    )
    session.commit()
    connection = session.connection()
    app = create_app(
        settings,
        lambda: Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ),
    )
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.jinja_env.bytecode_cache = COMPILED
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Provide a fresh browser."""
    return app.test_client()


@pytest.fixture
def act(request: pytest.FixtureRequest, app: Flask, session: Session) -> Act:
    """Provide the system's act in the test's transaction, at now minus the module's `AGO`."""
    ago: timedelta = getattr(request.module, "AGO", timedelta())
    secret: bytes = app.extensions["appeals_secret"]
    return Act(session, SYSTEM, datetime.now(UTC) - ago, secret)


@pytest.fixture
def sun(app: Flask, act: Act) -> FlaskClient:
    """Provide Administrator Sun's browser."""
    return browser_of(app, act, SUN)
