"""Writing the article's year, against a bare COPY of the same rows."""

import os
import time
from pathlib import Path

import psycopg

from appeals.cli.working import tell
from appeals.settings import Settings
from tools.bench.city import EMPTY, Bench, count_rows
from tools.bench.results import BenchFigure, BenchSection
from tools.bench.year import TABLES, YEAR

APPEALS = int(os.environ.get("BENCH_WRITING_APPEALS", "100000"))
"""The article's year has 2,919,000: an hour and 25 GB, for the copy stands beside it."""
CHUNK_BYTES = 1 << 20
MAX_RATIO = 0.5
HOW = f"""`appeals simulate {" ".join(YEAR)} --appeals {APPEALS:,}` into an empty city, then a bare
COPY of the same rows, from files, into the same tables of another empty city, indexes, keys and
triggers on."""


def measure_writing(bench: Bench) -> BenchSection:
    """Measure writing the year, and a COPY of what was written."""
    city = bench.database("written", EMPTY)
    tell(f"simulating {APPEALS:,} appeals")
    begun = time.perf_counter()
    bench.run(city, "simulate", *YEAR, "--appeals", str(APPEALS))
    written = time.perf_counter() - begun
    count = sum(count_rows(city, table) for table in TABLES)
    bare = _copy_seconds(bench, city)
    return BenchSection(
        f"BENCH_WRITING_APPEALS={APPEALS} python -m tools.bench writing",
        f"Writing the article's year, {APPEALS:,} appeals",
        HOW,
        f"none before; {APPEALS:,} appeals, {count:,} rows",
        [
            BenchFigure("simulate: rows a second", f"{count / written:,.0f}"),
            BenchFigure.at_least(
                "simulate : bare COPY, rows a second", bare / written, MAX_RATIO, "{:.2f}"
            ),
        ],
    )


def _copy_seconds(bench: Bench, city: Settings) -> float:
    """Copy the rows into an empty city; return the seconds that writing them took."""
    tell("copying the same rows")
    other = bench.database("copied", EMPTY)
    files = {table: bench.folder / f"{table}.copy" for table in TABLES}
    with psycopg.connect(_database_address(city)) as connection:
        for table, path in files.items():
            _copy_out(connection, table, path)
    with psycopg.connect(_database_address(other)) as connection:
        begun = time.perf_counter()
        _copy_in(connection, files)
        seconds = time.perf_counter() - begun
    for path in files.values():
        path.unlink()
    return seconds


def _copy_out(connection: psycopg.Connection, table: str, path: Path) -> None:
    command = psycopg.sql.SQL("COPY {} TO STDOUT").format(psycopg.sql.Identifier(table))
    with path.open("wb") as file, connection.cursor().copy(command) as stream:
        for chunk in stream:
            file.write(chunk)


def _copy_in(connection: psycopg.Connection, files: dict[str, Path]) -> None:
    for table, path in files.items():
        command = psycopg.sql.SQL("COPY {} FROM STDIN").format(psycopg.sql.Identifier(table))
        with path.open("rb") as file, connection.cursor().copy(command) as stream:
            while chunk := file.read(CHUNK_BYTES):
                stream.write(chunk)
    connection.commit()


def _database_address(settings: Settings) -> str:
    return settings.database_url.replace("+psycopg", "")
