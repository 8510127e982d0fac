"""The database of the release before, restored from its dump."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from appeals.settings import Settings
from tests.conftest import beside, create, drop
from tests.migrations.test_migrations import alembic

DUMP = Path(__file__).with_name("database_0_1_0.sql.gz")


@pytest.fixture(scope="session")
def restored_once(settings: Settings) -> Iterator[str]:
    """Restore the dump once; what each `old_database` is a copy of."""
    with copied(settings, "restored_once", "template1") as url:
        with psycopg.connect(plain(url), autocommit=True) as connection:
            connection.execute(gzip.decompress(DUMP.read_bytes()))
        yield url


@pytest.fixture(scope="session")
def migrated_once(settings: Settings, restored_once: str) -> Iterator[str]:
    """Bring it to today's schema once; what each `migrated` is a copy of."""
    with copied(settings, "migrated_once", name_of(restored_once)) as url:
        command.upgrade(alembic(url), "head")
        yield url


@pytest.fixture
def old_database(settings: Settings, restored_once: str) -> Iterator[str]:
    """Give the address of a database as the release before wrote it."""
    with copied(settings, "upgrade", name_of(restored_once)) as url:
        yield url


@pytest.fixture
def migrated(settings: Settings, migrated_once: str) -> Iterator[str]:
    """Give the address of such a database, brought to today's schema."""
    with copied(settings, "migrated", name_of(migrated_once)) as url:
        yield url


@contextmanager
def copied(settings: Settings, name: str, template: str) -> Iterator[str]:
    """Make a copy of a database that nobody is connected to; it goes in the end."""
    name = f"{name_of(settings.database_url)}_{name}"
    create(settings.database_url, name, template)
    yield beside(settings.database_url, name)
    drop(settings.database_url, name)


def name_of(url: str) -> str:
    """Return the name of the database at an address."""
    return str(sa.make_url(url).database)


def plain(url: str) -> str:
    """Return the address as the driver takes it: such a connection names no release."""
    return url.replace("+psycopg", "")
