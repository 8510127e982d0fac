"""Tables as PostgreSQL's own COPY text: out with a count and a checksum, and in again."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Literal

import psycopg
import sqlalchemy as sa
from psycopg import sql

import appeals.models  # noqa: F401  importing them makes the tables known
from appeals.act import Act
from appeals.database import Base
from appeals.domain.refusals import not_now

BLOCK = 1 << 20
Cursor = psycopg.Cursor[tuple[object, ...]]


@dataclass(frozen=True)
class Counted:
    """One table or file: how many rows or octets, and the SHA-256 over its text."""

    name: str
    count: int
    sha256: str


def tables(act: Act) -> Sequence[sa.Table]:
    """Give the tables, each after those it refers to; a table that nobody knows is no backup."""
    known = Base.metadata.sorted_tables
    there = set(
        act.session.scalars(
            sa.text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        )
    )
    if strange := sorted(there - {table.name for table in known} - {"alembic_version"}):
        raise not_now(
            f"数据库中有未知的表{strange[0]}。", f"The database has an unknown table {strange[0]}."
        )
    return known


def counted(act: Act, table: sa.Table, out: IO[bytes] | None = None) -> Counted:
    """Read a table in the order of its key: the same rows give the same text."""
    digest = hashlib.sha256()
    with cursor_of(act) as cursor:
        with cursor.copy(_reading(table)) as stream:
            for block in stream:
                digest.update(block)
                if out is not None:
                    out.write(block)
        return Counted(table.name, cursor.rowcount, digest.hexdigest())


def _columns(table: sa.Table) -> sql.Composed:
    names = [column.name for column in table.columns if column.computed is None]
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _reading(table: sa.Table) -> sql.Composed:
    key = sql.SQL(", ").join(map(_key, table.primary_key))
    return sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _columns(table), sql.Identifier(table.name), key
    )


def _key(column: sa.Column[object]) -> sql.Composable:
    """Order texts by their octets, which every server does alike."""
    collated = sql.SQL(' COLLATE "C"' if isinstance(column.type, sa.String) else "")
    return sql.Identifier(column.name) + collated


@contextmanager
def cursor_of(act: Act) -> Iterator[Cursor]:
    """Give a cursor in the transaction of the act."""
    connection = act.session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    with connection.cursor() as cursor:
        yield cursor


def identities() -> Iterator[tuple[str, str]]:
    """Give the table and column of each sequence."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.identity is not None:
                yield table.name, column.name


def sequences(act: Act) -> dict[str, int]:
    """Give the next value of each sequence, by its table."""
    with cursor_of(act) as cursor:
        found = {}
        for table, column in identities():
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", (table, column))
            (name,) = cursor.fetchone() or ("",)
            schema, sequence = str(name).split(".")
            query = sql.SQL("SELECT last_value + is_called::int FROM {}")
            cursor.execute(query.format(sql.Identifier(schema, sequence)))
            (following,) = cursor.fetchone() or (1,)
            found[table] = int(str(following))
        return found


def guards(table: str, verb: Literal["DISABLE", "ENABLE"]) -> sql.Composed:
    """Switch our own triggers of a table; keys and checks stay on."""
    return sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(table), sql.SQL(verb))


def fill(cursor: Cursor, table: sa.Table, rows: IO[bytes]) -> None:
    """Put the rows of a table's text into it."""
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _columns(table))
    with cursor.copy(into) as stream:
        while block := rows.read(BLOCK):
            stream.write(block)
