"""Inserts the rows of a new appeal with one statement, in one round trip.

The rows are sent as one JSON document from which PostgreSQL takes each table's columns. Keys,
checks and triggers apply at the end of the statement as usual. A form is filed once: if it was
filed before, the statement writes nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache

from sqlalchemy.orm import make_transient_to_detached

from appeals.act import Act
from appeals.database import Base
from appeals.models.appeal import Appeal

Row = Mapping[str, object]
RowShape = tuple[tuple[str, tuple[str, ...]], ...]
INSERT_ONCE = "ON CONFLICT (form_key_hash) DO NOTHING RETURNING id, form_key_hash"
FILE_PHOTOS = """UPDATE attachment SET appeal_id = filed.id, move_seq = 1 FROM filed
 WHERE attachment.form_key_hash = filed.form_key_hash AND attachment.appeal_id IS NULL"""
"""Files the form's photos with the first move; the writer holds the form's lock."""


def insert_filing(act: Act, appeal: Appeal, rows: Iterable[Base], **more: Sequence[Row]) -> bool:
    """Insert a new appeal with its rows; return False if its form was filed before.

    Args:
        act: The act that files.
        appeal: The new appeal.
        rows: Objects that are not in the session, so no flush writes them.
        **more: Plain rows by table.

    Every row must bring all columns that its table needs, because the models' defaults do not
    apply, and all rows of a table must have the same columns as its first.
    """
    found: dict[str, list[Row]] = {}
    for row in (appeal, *rows):
        facts = {name: value for name, value in vars(row).items() if name[0] != "_"}
        found.setdefault(row.__tablename__, []).append(facts)
    found |= {table: list(plain) for table, plain in more.items() if plain}
    shape = tuple((table, tuple(first)) for table, (first, *_) in found.items())
    document = json.dumps(found, ensure_ascii=False, default=_encode_value)
    connection = act.session.connection()
    written = connection.exec_driver_sql(_build_statement(shape), {"rows": document}).scalar_one()
    return bool(written)


def attach_to_session(act: Act, *rows: Base) -> None:
    """Add inserted objects to the session as if it had loaded them."""
    for row in rows:
        make_transient_to_detached(row)
        act.session.add(row)


def detach_from_session(act: Act, *rows: Base) -> None:
    """Remove objects from the session that were not inserted after all."""
    for row in rows:
        act.session.expunge(row)


@cache
def _build_statement(shape: RowShape) -> str:
    """Build the statement for rows of these tables and columns, whose names are never input."""
    first, *others = ((table, _insert_clause(table, columns)) for table, columns in shape)
    parts = [
        "given AS (SELECT %(rows)s::jsonb AS rows)",
        f"filed AS ({first[1]} {INSERT_ONCE})",
        *(f"{table}_rows AS ({insert}, filed)" for table, insert in others),
        f"photos AS ({FILE_PHOTOS})",
    ]
    return f"WITH {', '.join(parts)} SELECT count(*) FROM filed"  # noqa: S608


def _insert_clause(table: str, columns: Iterable[str]) -> str:
    names = ", ".join(columns)
    given = f"given, jsonb_populate_recordset(NULL::{table}, rows -> '{table}')"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {given}"  # noqa: S608


def _encode_value(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    assert isinstance(value, bytes), value
    return rf"\x{value.hex()}"
