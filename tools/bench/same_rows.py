"""The rows of one filing inserted by pgbench: what PostgreSQL alone takes for them."""

import re
import subprocess
from collections.abc import Iterator

import sqlalchemy as sa

import appeals.models  # noqa: F401  importing them makes the tables known
from appeals.act import Act
from appeals.cli.acts import open_act
from appeals.database import Base
from appeals.models.appeal import Appeal
from appeals.models.report import DirtyMonth
from appeals.settings import Settings
from tools.bench.city import Bench
from tools.bench.load import CONNECTIONS

ID = "CAST(:id AS bigint)"
OWN_VALUES = {
    "appeal.id": ID,
    "appeal.number": f"CAST({ID} AS text)",
    "appeal.form_key_hash": f"sha256(int8send({ID}))",
    "notice.cause": f"CAST({ID} AS text)",
}
"""Values that differ between copies, besides the appeal's key."""
GENERATED_COLUMNS = {"notice.id", "dirty_month.id"}
TRIGGER_TABLES = {"search_mark"}
"""Tables that a trigger of the database fills, in pgbench's transactions as in a filing's."""
TPS_PATTERN = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


def filing_script(settings: Settings) -> str:
    """Return a pgbench script that inserts the newest filing's rows again under a new id."""
    with open_act(settings) as act:
        newest = act.session.scalar(sa.select(sa.func.max(Appeal.id)))
        month = act.session.scalar(sa.select(sa.func.max(DirtyMonth.id)))
        inserts = [
            insert
            for table in Base.metadata.sorted_tables
            if table.name not in TRIGGER_TABLES and (key := _appeal_column(table)) is not None
            for insert in _insert_statements(
                act, table, key == (month if table.name == "dirty_month" else newest)
            )
        ]
    take = r"SELECT nextval(pg_get_serial_sequence('appeal', 'id')) AS id \gset"
    return "\n".join([take, "BEGIN;", *inserts, "COMMIT;", ""])


def run_pgbench(bench: Bench, settings: Settings, text: str, seconds: int) -> float:
    """Run the script on as many connections as browsers; return transactions a second."""
    path = bench.folder / "same-rows.sql"
    path.write_text(text)
    done = subprocess.run(  # noqa: S603 - the program of the bench's own engine
        [
            str(bench.programs / "pgbench"), "--no-vacuum", "--protocol=prepared", "--jobs=2",
            f"--client={CONNECTIONS}", f"--time={seconds}", f"--file={path}",
            settings.database_url.replace("+psycopg", ""),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = TPS_PATTERN.search(done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


def _appeal_column(table: sa.Table) -> sa.Column[int] | None:
    """Return the column of the appeal's id; None for tables that a filing does not write."""
    if table.name in ("appeal", "dirty_month"):
        return table.columns["id"]
    return table.columns.get("appeal_id")


def _insert_statements(act: Act, table: sa.Table, chosen: sa.ColumnElement[bool]) -> Iterator[str]:
    columns = [c for c in table.columns if f"{table.name}.{c.name}" not in GENERATED_COLUMNS]
    names = ", ".join(f'"{column.name}"' for column in columns)
    found = act.session.execute(
        sa.select(*(sa.cast(sa.column(c.name), sa.Text) for c in columns))
        .select_from(table)
        .where(chosen)
    )
    for row in found:
        values = (_sql_value(column, text) for column, text in zip(columns, row, strict=True))
        yield f"INSERT INTO {table.name} ({names}) VALUES ({', '.join(values)});"  # noqa: S608 - quoted


def _sql_value(column: sa.Column[object], text: str | None) -> str:
    if column.name == "appeal_id":
        return ID
    own = OWN_VALUES.get(str(column))
    return own or ("NULL" if text is None else _quote_sql(text))


def _quote_sql(text: str) -> str:
    """Quote a value; pgbench takes a colon for the beginning of a variable."""
    plain = text.replace("\\", r"\\").replace("'", "''").replace(":", r"\072")
    return f"E'{plain}'".replace("\n", r"\n")
