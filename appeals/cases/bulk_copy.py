"""Bulk insert by PostgreSQL's COPY, in the transaction of the act."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from appeals.act import Act
from appeals.database import Base
from appeals.domain.vocabulary import Term

Row = tuple[object, ...]
CHUNK_BYTES = 1 << 20
"""The size of one write to the server."""
COPY_NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True, slots=True)
class CopyBlock:
    """Encoded rows of one table, ready for COPY; building it needs no database."""

    table: str
    columns: Sequence[str]
    rows: int
    text: bytes

    @classmethod
    def of(cls, table: str, columns: Sequence[str], rows: Iterable[Row]) -> "CopyBlock":
        """Encode the rows in COPY's text format."""
        lines = [
            "\t".join(
                [COPY_NULL if value is None else _ENCODERS[type(value)](value) for value in row]
            )
            for row in rows
        ]
        lines.append("")  # the last row ends its line too
        return cls(table, columns, len(lines) - 1, "\n".join(lines).encode())


def copy_blocks(act: Act, blocks: Iterable[CopyBlock]) -> int:
    """Insert the blocks in order and return the number of rows; all keys and triggers apply."""
    connection = act.session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    rows = 0
    with connection.cursor() as cursor:
        for block in blocks:
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(
                sql.Identifier(block.table),
                sql.SQL(", ").join(map(sql.Identifier, block.columns)),
            )
            with cursor.copy(into) as stream:
                for at in range(0, len(block.text), CHUNK_BYTES):
                    stream.write(block.text[at : at + CHUNK_BYTES])
            rows += block.rows
    return rows


def analyze_tables(act: Act) -> None:
    """Run ANALYZE after a bulk insert: without new statistics the planner assumes few rows.

    Only our own tables: ANALYZE of the catalogues that all databases of a server share would wait
    for other databases.
    """
    act.session.execute(sa.text(f"ANALYZE {', '.join(Base.metadata.tables)}"))


def _escape_text(text: str) -> str:
    plain = text.isprintable() and "\\" not in text
    return text if plain else text.translate(_ESCAPES)


def _encode_json(value: object) -> str:
    return _escape_text(_JSON_ENCODE(value))


class _Encoders(dict[type, Callable[[Any], str]]):
    """Encoders by type; for a type that is not listed, the value of a Term, otherwise JSON."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        form = attrgetter("value") if issubclass(kind, Term) else _encode_json
        self[kind] = form
        return form


_JSON_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_ENCODERS = _Encoders(
    {
        str: _escape_text,
        int: str,
        bool: lambda yes: "t" if yes else "f",
        bytes: lambda octets: rf"\\x{octets.hex()}",
        datetime: lru_cache(maxsize=1 << 16)(datetime.isoformat),  # a case repeats its moments
        date: date.isoformat,
    }
)
