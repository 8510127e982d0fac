"""Two database roles: one owns the tables, the other is used by website and workers.

The application's role reads and writes rows; `models/append_only.py` lists the tables whose rows it
may not change or delete. It owns nothing, so it cannot alter, truncate or drop a table or disable a
trigger. Rights are set again after each migration: a new table has all of them by default.
"""

import psycopg
import sqlalchemy as sa
from psycopg import sql

from appeals.models.append_only import RESTRICTED, Rights
from appeals.operations.migrations import migrate_database
from appeals.operations.postgres import Connection, open_connection
from appeals.operations.supervision import CannotStart
from appeals.settings import OWNER_URL_SETTING, Settings

RIGHTS_LOCK_ID = 3_110_213
"""The advisory lock for setting rights: any fixed number."""
FIRST_VERSION_WITH_MAINTAIN = 170_000
"""The first version of PostgreSQL with the right to ANALYZE the tables of another role."""
ONE_ACCOUNT_WARNING = (
    f"{OWNER_URL_SETTING} is not set: the account of APPEALS_DATABASE_URL owns the tables, so "
    "whoever gets hold of it can change moves and logs. See “Two database accounts” in "
    "docs/operations.md."
)
OWNS_TABLES_WARNING = (
    "The account of APPEALS_DATABASE_URL owns tables, or belongs to a role that does: rights "
    "cannot be kept from it. See “Two database accounts” in docs/operations.md."
)


def bring_up_to_date(settings: Settings) -> str | None:
    """Migrate the database and grant the application's rights; return a warning, if any.

    Raises `CannotStart` where a restore was interrupted or the application's role is missing and
    cannot be made.
    """
    migrate_database(settings.owner_url)
    return grant_rights(settings)


def grant_rights(settings: Settings) -> str | None:
    """Create the application's role if missing, and grant its rights on each table.

    Returns a sentence for the operator where there is one role only, or the application's role owns
    tables. Raises `CannotStart` where the role cannot be made.
    """
    application = sa.make_url(settings.database_url)
    owner = sa.make_url(settings.owner_url).username
    if application.username is None or application.username == owner:
        return ONE_ACCOUNT_WARNING
    with open_connection(settings.owner_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (RIGHTS_LOCK_ID,))
        _make_role(connection, application.username, application.password)
        _set_rights(connection, application.username)
        query = (
            "SELECT bool_or(pg_has_role(%s, tableowner, 'MEMBER')) FROM pg_tables "
            "WHERE schemaname = 'public'"
        )
        ((owns_tables,),) = connection.execute(query, (application.username,))
    return OWNS_TABLES_WARNING if owns_tables else None


def _make_role(connection: Connection, name: str, password: str | None) -> None:
    if (
        connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
        is not None
    ):
        return
    make = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name))
    if password is not None:
        make += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    try:
        connection.execute(make)
    except psycopg.errors.InsufficientPrivilege:
        raise CannotStart(
            f"There is no database account {name}, and that of {OWNER_URL_SETTING} may not make "
            "it: see “Two database accounts” in docs/operations.md."
        ) from None


def _set_rights(connection: Connection, role: str) -> None:
    """Grant the role's rights in one transaction, without waiting for readers or writers."""
    usual = "SELECT, INSERT, UPDATE, DELETE"
    if connection.info.server_version >= FIRST_VERSION_WITH_MAINTAIN:
        usual += ", MAINTAIN"
    for statement in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT {usual} ON ALL TABLES IN SCHEMA public TO {{role}}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {usual} ON TABLES TO {{role}}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ):
        connection.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in sorted({str(name) for (name,) in tables} & RESTRICTED.keys()):
        _restrict_table(connection, role, table, RESTRICTED[table])


def _restrict_table(connection: Connection, role: str, table: str, rights: Rights) -> None:
    """Revoke the role's excluded rights on a table."""
    taken = [
        right
        for right, kept in (
            ("INSERT", rights.inserts),
            ("UPDATE", rights.updates),
            ("DELETE", rights.deletes),
        )
        if not kept
    ]
    named = {"table": sql.Identifier(table), "role": sql.Identifier(role)}
    connection.execute(
        sql.SQL("REVOKE {taken} ON {table} FROM {role}").format(
            taken=sql.SQL(", ").join(map(sql.SQL, taken)), **named
        )
    )
    if rights.empties:
        columns = sql.SQL(", ").join(map(sql.Identifier, rights.empties))
        connection.execute(
            sql.SQL("GRANT UPDATE ({columns}) ON {table} TO {role}").format(
                columns=columns, **named
            )
        )
