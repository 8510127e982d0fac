"""The rows of a new appeal by one statement: filing is what a city does most.

The rows go as one JSON document, from which PostgreSQL takes each table's columns; keys, checks
and triggers hold at the statement's end as at any other's.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache

from sqlalchemy.orm import make_transient_to_detached

from appeals.act import Act
from appeals.database import Base

Row = Mapping[str, object]
Shape = tuple[tuple[str, tuple[str, ...]], ...]


def write(act: Act, rows: Iterable[Base], **more: Sequence[Row]) -> None:
    """Write new rows: objects that no flush will write, and `more` as plain rows by table.

    A row brings every column that its table needs, for the models' defaults are not asked; all
    rows of a table name the same columns as its first.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        facts = {name: value for name, value in vars(row).items() if name[0] != "_"}
        found.setdefault(row.__tablename__, []).append(facts)
    found |= {table: list(plain) for table, plain in more.items() if plain}
    shape = tuple((table, tuple(first)) for table, (first, *_) in found.items())
    document = json.dumps(found, ensure_ascii=False, default=_plain)
    act.session.connection().exec_driver_sql(_statement(shape), {"rows": document})


def stand(act: Act, *rows: Base) -> None:
    """Let the session know objects that are written here, as if it had read them."""
    for row in rows:
        make_transient_to_detached(row)
        act.session.add(row)


@cache
def _statement(shape: Shape) -> str:
    """Give the statement for rows of these tables and columns; both are names of our own."""
    parts = [
        f"{table}_rows AS (INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns)}"  # noqa: S608
        f" FROM given, jsonb_populate_recordset(NULL::{table}, rows -> '{table}'))"
        for table, columns in shape
    ]
    return f"WITH given AS (SELECT %(rows)s::jsonb AS rows), {', '.join(parts)} SELECT 1"


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    assert isinstance(value, bytes), value
    return rf"\x{value.hex()}"
