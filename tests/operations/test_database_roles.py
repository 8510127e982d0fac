"""The application's database role, in plain SQL: what it may do, and what it may not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.cli.acts import open_act
from appeals.database import Base
from appeals.domain.people import SYSTEM
from appeals.domain.states import Action
from appeals.models.append_only import APPEND_ONLY, NEVER_DELETED, RESTRICTED
from appeals.operations import database_roles
from appeals.operations.database_roles import (
    ONE_ACCOUNT_WARNING,
    OWNS_TABLES_WARNING,
    bring_up_to_date,
)
from appeals.operations.postgres import Connection, open_connection
from appeals.operations.supervision import CannotStart
from appeals.settings import OWNER_URL_SETTING, Settings
from tests.cast import settle
from tests.conftest import as_application, separate_roles
from tests.factories import a_filing
from tests.own_city import OwnCity, own_city

REPORT = """
INSERT INTO report (id, start, "end", cut_off, compiled_at, calendar_version, definitions, held)
OVERRIDING SYSTEM VALUE
VALUES (1, '2026-02-28 16:00Z', '2026-03-31 16:00Z', now(), now(), '', '[]', false);
INSERT INTO figure VALUES (1, 'city', '', 'filed', 'all', 'completion', 1, 2);
UPDATE report SET edition = 1, published_at = now(), digest = '', reviewed_at = now(),
    (reviewed_by, published_by) = (SELECT min(id), min(id) FROM staff_member) WHERE id = 1
"""


@pytest.fixture(scope="module")
def city(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCity]:
    """Give a system with one appeal and one edition, whose application has a role of its own."""
    folder = tmp_path_factory.mktemp("roles")
    with own_city(settings, "roles", folder) as own:
        assert bring_up_to_date(separate_roles(own.settings, own.settings.database_url)) is None
        with open_act(own.settings) as act:
            settle(act.session)
            bulk = BulkWriter(act)
            filed = MoveRequest(Action.FILE, {}, act.now, SYSTEM)
            bulk.write_histories([bulk.play_history(History(a_filing(), filed))])
            for statement in REPORT.split(";"):
                act.session.execute(sa.text(statement))
            act.session.commit()
        yield own


@pytest.fixture
def application(city: OwnCity) -> Iterator[Connection]:
    """Give a connection of the application's role; nothing that it does stays."""
    with open_connection(as_application(city.settings.database_url)) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_application_neither_changes_nor_deletes_what_is_only_added(
    application: Connection, table: str
) -> None:
    columns = [column.name for column in Base.metadata.tables[table].columns]
    kept = [name for name in columns if name not in APPEND_ONLY[table].empties]
    for statement in (
        *(f"UPDATE {table} SET {name} = {name}" for name in map(quoted, kept)),  # noqa: S608 - our own names
        f"DELETE FROM {table}",  # noqa: S608 - our own names
        f"TRUNCATE {table} CASCADE",
    ):
        refused(application, statement)
    application.execute(f"SELECT FROM {table}".encode())


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DELETE FROM {table}" for table in NEVER_DELETED),  # noqa: S608 - our own names
        "UPDATE rule_change SET since = now()", "INSERT INTO rule_change VALUES ('mine', now())",
        "UPDATE alembic_version SET version_num = '0001'",
        "ALTER TABLE move DISABLE TRIGGER ALL", "ALTER TABLE move ADD COLUMN mine text",
        "ALTER TABLE move OWNER TO CURRENT_USER", "DROP TABLE access_log",
        "DROP TRIGGER a_move_never_changes ON move",
        "CREATE TABLE mine ()", "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET session_replication_role = replica", "CREATE ROLE mine SUPERUSER",
    ],
)  # fmt: skip
def test_the_application_changes_no_table_right_or_rule(
    application: Connection, statement: str
) -> None:
    refused(application, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE report SET digest = 'other'", "DELETE FROM report",
        "UPDATE figure SET numerator = 2",
        "DELETE FROM figure", "INSERT INTO figure VALUES (1, 'city', '', 'due', 'all', 'x', 1, 2)",
        "UPDATE move SET words = 'other'",
    ],
)  # fmt: skip
def test_the_application_changes_no_edition_and_puts_no_words_into_a_move(
    application: Connection, statement: str
) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changes"):
        application.execute(statement.encode())


def test_the_application_empties_the_words_of_a_move_with_their_salt(
    application: Connection,
) -> None:
    """What an erasure needs."""
    changed = application.execute("UPDATE move SET words = NULL, salt = ''")
    assert changed.rowcount == 1


def test_a_table_of_a_later_release_is_open_to_the_application(city: OwnCity) -> None:
    with open_connection(city.settings.database_url) as owner:
        owner.execute("CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY, what text)")
    with open_connection(as_application(city.settings.database_url)) as application:
        application.execute("INSERT INTO later (what) VALUES ('a')")
        application.execute("UPDATE later SET what = 'b'")
        assert application.execute("DELETE FROM later").rowcount == 1
    with open_connection(city.settings.database_url) as owner:
        owner.execute("DROP TABLE later")


def test_every_table_that_is_named_exists() -> None:
    assert RESTRICTED.keys() - Base.metadata.tables.keys() == {"alembic_version"}


def test_a_table_whose_model_says_that_it_is_append_only_is_named() -> None:
    said = {
        mapper.local_table.name  # type: ignore[attr-defined]  # every class has a table of its own
        for mapper in Base.registry.mappers
        if "append-only" in " ".join((mapper.class_.__doc__ or "").lower().split())
    }
    assert said - APPEND_ONLY.keys() == set()
    assert {"move", "change", "seal"} <= said


def test_a_table_whose_model_says_that_rows_are_never_deleted_is_named() -> None:
    said = {
        mapper.local_table.name  # type: ignore[attr-defined]  # every class has a table of its own
        for mapper in Base.registry.mappers
        if "never deleted" in " ".join((mapper.class_.__doc__ or "").lower().split())
    }
    assert said - RESTRICTED.keys() == set()
    assert "restricted_permission" in said


def test_website_and_workers_are_not_told_the_owners_address(
    city: OwnCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = separate_roles(city.settings, city.settings.database_url)
    monkeypatch.setenv(OWNER_URL_SETTING, city.settings.database_url)
    told = both.for_children()
    assert OWNER_URL_SETTING not in told
    assert city.settings.database_url not in told.values()


def test_one_account_for_everything_is_warned_of(city: OwnCity) -> None:
    assert bring_up_to_date(city.settings) == ONE_ACCOUNT_WARNING


def test_an_application_that_owns_tables_is_warned_of(city: OwnCity) -> None:
    """The accounts are mixed up: the application is the one that made the tables."""
    own = separate_roles(city.settings, city.settings.database_url)
    with open_connection(city.settings.database_url) as owner:
        role = sql.Identifier(str(sa.make_url(own.database_url).username))
        owner.execute(sql.SQL("ALTER TABLE draft OWNER TO {}").format(role))
    assert bring_up_to_date(own) == OWNS_TABLES_WARNING
    with open_connection(city.settings.database_url) as owner:
        owner.execute("ALTER TABLE draft OWNER TO CURRENT_USER")
    assert bring_up_to_date(own) is None


def test_a_role_that_cannot_be_made_is_said_in_one_sentence(city: OwnCity) -> None:
    """The owner of the tables may make no roles, and the application's is missing."""
    url = sa.make_url(city.settings.database_url)
    maker = url.set(username="makes_no_roles", password="its-own")
    with open_connection(city.settings.database_url) as owner:
        owner.execute("CREATE ROLE makes_no_roles LOGIN PASSWORD 'its-own'")
    try:
        own = city.settings.model_copy(
            update={
                "owner_database_url": maker.render_as_string(hide_password=False),
                "database_url": url.set(username="is_missing").render_as_string(),
            }
        )
        with pytest.raises(CannotStart, match="no database account is_missing"):
            database_roles.grant_rights(own)
    finally:
        with open_connection(city.settings.database_url) as owner:
            owner.execute("DROP ROLE makes_no_roles")


def test_rights_survive_a_restore(city: OwnCity, settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "archive.tar"
    city.command("backup", str(archive))
    with own_city(settings, "restored", tmp_path / "data") as other:
        both = separate_roles(other.settings, other.settings.database_url)
        environment = {"APPEALS_OWNER_DATABASE_URL": other.settings.database_url}
        replace(other, settings=both, environment=environment).command("restore", str(archive))
        with open_connection(both.database_url) as application:
            refused(application, "DELETE FROM move")
            assert application.execute("SELECT count(*) FROM move").fetchone() == (1,)


def refused(connection: Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(statement.encode())


def quoted(name: str) -> str:
    return f'"{name}"'
