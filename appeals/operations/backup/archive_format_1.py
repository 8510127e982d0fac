"""Archives of format 1, written before 0.1.0; to be removed with 0.3.

A gzipped tar of `manifest.json`, `tables/<name>` (COPY text) and `files/…`. The text names no
columns: their order at that format's revision is in `format_1_columns.csv`.
"""

import csv
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from psycopg import sql

from appeals.domain.messages import message
from appeals.domain.refusals import not_now
from appeals.operations.backup.archive import (
    BLOCK_BYTES,
    ArchiveEntry,
    ManifestFormat1,
    compare_file,
    refuse_archive,
)
from appeals.operations.migrations import migrate_database
from appeals.operations.postgres import Connection, Progress, open_connection

REVISION = "0024"
COLUMNS = Path(__file__).with_name("format_1_columns.csv")


def load_tables(url: str, manifest: ManifestFormat1, folder: Path, progress: Progress) -> None:
    """Migrate the empty database to the format's revision and fill its tables."""
    if manifest.revision != REVISION:
        raise not_now(
            message(
                "The archive is of revision %(revision)s: restore it with the program of "
                "that time, then upgrade.",
                revision=manifest.revision,
            )
        )
    migrate_database(url, REVISION, is_restore=True)
    with COLUMNS.open(encoding="utf-8") as lines:
        columns = {table: names for table, *names in csv.reader(lines)}
    with open_connection(url) as connection:
        _switch_triggers(connection, columns, "DISABLE")
        for each in manifest.tables:  # parents come before the tables that refer to them
            progress(f"restoring {each.name}")
            _copy_rows(connection, each.name, columns[each.name], folder / each.name)
        # Pending trigger events would block ALTER TABLE.
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        _switch_triggers(connection, columns, "ENABLE")
        for table, following in manifest.sequences.items():
            connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", (table, following)
            )


def _copy_rows(connection: Connection, table: str, columns: list[str], rows: Path) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(into) as copy, rows.open("rb") as text:
        while block := text.read(BLOCK_BYTES):
            copy.write(block)


def _switch_triggers(
    connection: Connection, tables: Iterable[str], verb: Literal["DISABLE", "ENABLE"]
) -> None:
    """Enable or disable our own triggers, which protect published rows; constraints stay on."""
    for table in tables:
        statement = sql.SQL("ALTER TABLE {} {} TRIGGER USER")
        connection.execute(statement.format(sql.Identifier(table), sql.SQL(verb)))


def compare_table(path: Path, expected: ArchiveEntry) -> None:
    """Refuse the archive where a table's lines differ from the manifest."""
    with path.open("rb") as lines:
        rows = sum(1 for _ in lines)
    if rows != expected.count:
        raise refuse_archive(f"table {expected.name} is not what the manifest says")
    compare_file(path, replace(expected, count=path.stat().st_size))
