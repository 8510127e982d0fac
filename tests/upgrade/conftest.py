"""The database of the release before, restored from its dump."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from appeals.settings import Settings
from tests.conftest import beside, create, drop
from tests.migrations.test_migrations import alembic

DUMP = Path(__file__).with_name("database_0_1_0.sql.gz")


@pytest.fixture
def old_database(settings: Settings) -> Iterator[str]:
    """Give the address of a database as the release before wrote it."""
    name = f"{sa.make_url(settings.database_url).database}_upgrade"
    url = beside(settings.database_url, name)
    create(settings.database_url, name, "template1")
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(gzip.decompress(DUMP.read_bytes()))
    yield url
    drop(settings.database_url, name)


@pytest.fixture
def migrated(old_database: str) -> str:
    """Give the address of the same database, brought to today's schema."""
    command.upgrade(alembic(old_database), "head")
    return old_database


def plain(url: str) -> str:
    """Return the address as the driver takes it: such a connection names no release."""
    return url.replace("+psycopg", "")
