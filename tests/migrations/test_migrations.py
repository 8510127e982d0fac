"""The migrations: the head equals the models, every revision goes up, down and up again."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from appeals.database import RELEASE, Base, make_engine
from appeals.settings import Settings
from tests.conftest import beside, create, drop, migrated_of

CONFIG = Config("alembic.ini")
REVISIONS = [each.revision for each in ScriptDirectory.from_config(CONFIG).walk_revisions()][::-1]


@pytest.fixture
def database(settings: Settings) -> Iterator[str]:
    """Give the address of an empty database of its own."""
    name = f"{sa.make_url(settings.database_url).database}_migrations"
    create(settings.database_url, name, "template1")
    yield beside(settings.database_url, name)
    drop(settings.database_url, name)


@pytest.fixture
def at_head(settings: Settings) -> Iterator[str]:
    """Give the address of an own copy of what all migrations make of an empty database."""
    ours = str(sa.make_url(settings.database_url).database)
    create(settings.database_url, f"{ours}_at_head", migrated_of(ours))
    yield beside(settings.database_url, f"{ours}_at_head")
    drop(settings.database_url, f"{ours}_at_head")


def alembic(url: str) -> Config:
    config = Config("alembic.ini")
    config.attributes["database_url"] = url
    return config


def columns(url: str) -> list[tuple[str, ...]]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = connection.execute(
            sa.text(
                "SELECT table_name, column_name, data_type, is_nullable "
                "FROM information_schema.columns WHERE table_schema = 'public' "
                "AND table_name <> 'alembic_version' ORDER BY 1, 2"
            )
        ).all()
    engine.dispose()
    return [tuple(row) for row in found]


@pytest.mark.filterwarnings("ignore:Can't validate argument 'dialect_options'")
def test_the_head_equals_the_models(at_head: str) -> None:
    """SQLAlchemy reflects a CHECK that is NOT VALID with an option that it then does not know."""
    command.check(alembic(at_head))


def test_every_revision_goes_up_down_and_up_again(database: str) -> None:
    config = alembic(database)
    before: list[tuple[str, ...]] = []
    for revision in REVISIONS:
        command.upgrade(config, revision)
        after = columns(database)
        command.downgrade(config, "-1")
        assert columns(database) == before
        command.upgrade(config, revision)
        assert columns(database) == after
        before = after


def test_the_checks_know_every_term(at_head: str) -> None:
    """`alembic check` does not see a CHECK that lacks a new member: this does."""
    engine = make_engine(at_head)
    with engine.connect() as connection:
        checks = connection.scalars(
            sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'")
        ).all()
    engine.dispose()
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
                named = re.compile(rf"\(?\b{column.name}\)?(::text)? = ANY")
                mine = [check for check in checks if named.search(check)]
                known = [c for c in mine if all(f"'{value}'" in c for value in column.type.enums)]
                assert known, f"{table.name}.{column.name}"


def test_every_connection_names_its_release(at_head: str) -> None:
    """Without it the compatibility triggers take today's processes for those of the one before."""
    engine = make_engine(at_head)
    with engine.connect() as connection:
        named = connection.scalar(sa.text("SELECT current_setting('appeals.release', true)"))
    engine.dispose()
    assert named == str(RELEASE)


def test_only_the_check_of_old_editions_stays_not_valid(at_head: str) -> None:
    engine = make_engine(at_head)
    with engine.connect() as connection:
        query = "SELECT conname FROM pg_constraint WHERE NOT convalidated"
        names = connection.scalars(sa.text(query)).all()
    engine.dispose()
    assert names == ["ck_report_an_edition_was_reviewed"]
