"""Rows into a table by COPY, in the transaction of the act."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

import psycopg
from psycopg import sql

from appeals.act import Act

Row = tuple[object, ...]
CHUNK = 1 << 20
"""Characters sent at once."""
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class Copy:
    """Puts rows into columns of a table; all keys and triggers hold. `rows` counts them."""

    def __init__(self, act: Act) -> None:
        """Write on the connection of the act's transaction."""
        connection = act.session.connection().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        self.connection = connection
        self.rows = 0

    def __call__(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Put the rows."""
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.connection.cursor() as cursor:
            with cursor.copy(into) as stream:
                for chunk in _chunks(rows):
                    stream.write(chunk)
            self.rows += max(cursor.rowcount, 0)


def _chunks(rows: Iterable[Row]) -> Iterable[str]:
    lines, length = list[str](), 0
    for row in rows:
        line = "\t".join([text_of(value) for value in row])
        lines.append(line)
        length += len(line)
        if length > CHUNK:
            yield "\n".join(lines) + "\n"
            lines, length = [], 0
    if lines:
        yield "\n".join(lines) + "\n"


def text_of(value: object) -> str:
    r"""Give a value in PostgreSQL's COPY text form; nothing is \N."""
    write = _FORMS.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, str):  # a Term, by its value
        return value.translate(_ESCAPES)
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)


_FORMS: dict[type, Callable[..., str]] = {
    type(None): lambda _: r"\N",
    str: lambda text: text.translate(_ESCAPES),
    int: str,
    bool: lambda yes: "t" if yes else "f",
    bytes: lambda octets: rf"\\x{octets.hex()}",
    datetime: datetime.isoformat,
    date: date.isoformat,
}
