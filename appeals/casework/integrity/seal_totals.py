"""Totals of the append-only tables in a seal: the number of rows and one digest over them.

A seal counts the rows that are over a day old: every transaction of that time is visible by then,
so the same rows can be counted again at any later time. Inserting a row with an old timestamp, or
deleting one, changes the total. Each seal adds the rows since the previous seal to that seal's
totals; all rows are counted only where a table's columns have changed, the clock went back or the
seals were restarted.

A table's digest is the sum of its rows' keyed digests. Moves are many and their links are keyed
already: their digest is the sum of the first eight bytes of their links.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.integrity.seal_contents import (
    FIGURE,
    REPORT,
    STREAMING,
    RowKey,
    SealProblem,
    list_key_texts,
    row_content,
)
from appeals.casework.integrity.seal_file import (
    ROW_DIGEST_BYTES,
    SealedRow,
    SealedTable,
    SealedTotal,
    SealHeader,
    compute_row_digest,
    derive_seal_key,
    read_items,
)
from appeals.database import Base
from appeals.models.appeal import Move
from appeals.models.append_only import SEALED_TABLES

MOVE = Move.__tablename__
MOVE_COLUMNS = ("appeal_id", "row_hash", "seq")
MODULUS = 1 << 8 * ROW_DIGEST_BYTES
"""The sum of row digests is taken modulo this, to have the size of one digest."""
COUNTED_TABLES = (
    MOVE,
    REPORT,
    FIGURE,
    *(name for name, came_at in SEALED_TABLES.items() if came_at),
)
"""Tables whose rows have a timestamp; `rule_change` has none, and is whole in each seal."""
Total = tuple[int, int]
"""Number of rows and sum of their digests."""
SealsByNumber = Mapping[int, tuple[SealHeader, Path]]
"""Readable seals by number."""


@dataclass(frozen=True)
class RowWindow:
    """A window of rows: from a moment on (None: from the first) and before another.

    Moves are counted for appeals up to the id `settled`. For appeals up to `settled_before`, the
    previous seal counted those from before `since`.
    """

    since: datetime | None
    until: datetime
    settled: int
    settled_before: int = 0


def count_totals(
    act: Act, before: SealHeader | None, until: datetime, settled: int
) -> tuple[SealedTotal, ...]:
    """Return the totals of all tables, added to the previous seal's where possible."""
    totals = list[SealedTotal]()
    for name in COUNTED_TABLES:
        columns = list_digest_columns(name)
        earlier = before.total(name) if before and before.sealed_until <= until else None
        window = RowWindow(None, until, settled)
        count, digest = 0, 0
        if before is not None and earlier is not None and earlier.columns == columns:
            window = RowWindow(before.sealed_until, until, settled, before.settled)
            count, digest = earlier.count, int(earlier.digest, 16)
        added, sum_added = count_rows(act, name, columns, window)
        totals.append(_make_total(name, columns, (count + added, digest + sum_added)))
    return tuple(totals)


def list_digest_columns(name: str) -> tuple[str, ...]:
    """Return the columns that a table's digest covers today."""
    if name == MOVE:
        return MOVE_COLUMNS
    return tuple(sorted(column.name for column in Base.metadata.tables[name].columns))


def _make_total(name: str, columns: tuple[str, ...], total: Total) -> SealedTotal:
    count, digest = total
    return SealedTotal(name, columns, count, f"{digest % MODULUS:0{2 * ROW_DIGEST_BYTES}x}")


def count_rows(act: Act, name: str, columns: Sequence[str], window: RowWindow) -> Total:
    """Count the rows of a table in a window, and add up their digests."""
    if name == MOVE:
        return _count_moves(act, window)
    table, key = Base.metadata.tables[name], derive_seal_key(act.secret)
    count, digest = 0, 0
    query = _select_rows_within(table, window).with_only_columns(row_content(table, columns))
    for content in act.session.scalars(query, execution_options=STREAMING):
        count += 1
        digest += int(compute_row_digest(key, name, content), 16)
    return count, digest % MODULUS


def _select_rows_within(table: sa.Table, window: RowWindow) -> "sa.Select[tuple[object, ...]]":
    """Select the rows of a window; editions and figures by time of publication."""
    report = Base.metadata.tables[REPORT]
    query = sa.select(table)
    came_at = report.c.published_at
    if table.name == FIGURE:
        query = query.join(report, report.c.id == table.c.report_id)
    elif table.name != REPORT:
        came_at = table.c[SEALED_TABLES[table.name] or ""]
    if table.name in {FIGURE, REPORT}:
        query = query.where(report.c.edition.is_not(None))
    if window.since is not None:
        query = query.where(came_at >= window.since)
    return query.where(came_at < window.until)


def _count_moves(act: Act, window: RowWindow) -> Total:
    """Count new moves of appeals counted before, and all moves of newly settled appeals."""
    settled = [
        sa.and_(
            Move.appeal_id > window.settled_before,
            Move.appeal_id <= window.settled,
            Move.at < window.until,
        )
    ]
    if window.since is not None:
        is_new = sa.and_(Move.at >= window.since, Move.at < window.until)
        settled.append(sa.and_(Move.appeal_id <= window.settled_before, is_new))
    link: sa.ColumnElement[int] = sa.literal_column(
        "('x' || encode(substr(row_hash, 1, 8), 'hex'))::bit(64)::bigint"
    )
    digest = sa.cast(sa.func.coalesce(sa.func.sum(link), 0), sa.Text)
    count, total = 0, 0
    for each in settled:
        row = act.session.execute(sa.select(sa.func.count(), digest).where(each)).one()
        count, total = count + row[0], total + int(row[1])
    return count, total


def verify_totals(
    act: Act, headers: SealsByNumber, named: Sequence[SealProblem]
) -> list[SealProblem]:
    """Recount all rows and return the inserted rows, or else the table that differs.

    Compares the last seal's totals and each total that no later one builds on. A table with rows in
    `named` already is not reported again.
    """
    is_named = {each.table for each in named}
    problems = list[SealProblem]()
    for name in COUNTED_TABLES:
        for number in sorted(headers):
            header = headers[number][0]
            following = headers.get(number + 1)
            sealed = header.total(name)
            if sealed is None or (following and _is_built_on(header, following[0], name)):
                continue
            window = RowWindow(None, header.sealed_until, header.settled)
            found = count_rows(act, name, sealed.columns, window)
            if not _is_same_total(sealed, found):
                rows = [row for n in headers for row in find_added_rows(act, headers, n, name)]
                problems += rows
                if not rows and name not in is_named:
                    problems.append(_make_table_problem(header, sealed, found[0]))
                break
    return problems


def verify_window(act: Act, headers: SealsByNumber, number: int) -> list[SealProblem]:
    """Recount only the rows that one seal added to the previous seal's totals.

    That is cheap enough for every night. Nothing is counted where the previous seal is missing.
    """
    problems = list[SealProblem]()
    header = headers[number][0]
    if number - 1 not in headers:
        return problems
    before = headers[number - 1][0]
    for name in COUNTED_TABLES:
        sealed, earlier = header.total(name), before.total(name)
        if sealed is None or earlier is None or not _is_built_on(before, header, name):
            continue
        window = RowWindow(before.sealed_until, header.sealed_until, header.settled, before.settled)
        count, digest = count_rows(act, name, sealed.columns, window)
        found = (earlier.count + count, int(earlier.digest, 16) + digest)
        if not _is_same_total(sealed, found):
            rows = find_added_rows(act, headers, number, name)
            problems += rows or [_make_table_problem(header, sealed, found[0])]
    return problems


def _is_built_on(before: SealHeader, after: SealHeader, name: str) -> bool:
    """Return whether a seal's total of a table adds to the previous seal's total."""
    earlier, later = before.total(name), after.total(name)
    return (
        earlier is not None
        and later is not None
        and earlier.columns == later.columns
        and before.sealed_until <= after.sealed_until
        and after.since is not None
    )


def _is_same_total(sealed: SealedTotal, found: Total) -> bool:
    return sealed == _make_total(sealed.table, sealed.columns, found)


def _make_table_problem(header: SealHeader, sealed: SealedTotal, count: int) -> SealProblem:
    told = f"{sealed.count} rows of before {header.sealed_until:%Y-%m-%d %H:%M}Z"
    there = f"{count} are there" if count != sealed.count else "they are not the same"
    return SealProblem(sealed.table, f"seal {header.number} counts {told}; {there}", sealed.table)


def find_added_rows(act: Act, headers: SealsByNumber, number: int, name: str) -> list[SealProblem]:
    """Find rows of a seal's window that neither it nor an earlier seal of that time names.

    Not for moves, which are named with their appeal, nor where such a seal is unreadable.
    """
    table, header = Base.metadata.tables[name], headers[number][0]
    before = headers.get(number - 1)
    since = before[0].sealed_until if before else None
    if name == MOVE or (number > 1 and header.since is not None and since is None):
        return []
    known = _read_sealed_keys(headers, number, name, since)
    if known is None:
        return []
    window = RowWindow(since, header.sealed_until, header.settled)
    query = _select_rows_within(table, window).with_only_columns(*list_key_texts(table))
    return [
        SealProblem(
            f"{name} {' '.join(key)}", f"it was put in later: seal {number} does not know it", name
        )
        for key in map(tuple, act.session.execute(query, execution_options=STREAMING))
        if key not in known
    ]


def _read_sealed_keys(
    headers: SealsByNumber, number: int, name: str, since: datetime | None
) -> set[RowKey] | None:
    """Return a table's keys named in a seal and in earlier seals made since a moment.

    None where one of them cannot be read.
    """
    keys = set[RowKey]()
    for each in range(number, 0, -1):
        if each not in headers:
            return None
        header, path = headers[each]
        if since is not None and header.sealed_at < since:
            break
        keys.update(_read_table_keys(path, name))
        if header.since is None:
            break
    return keys


def _read_table_keys(path: Path, name: str) -> Iterator[RowKey]:
    table = ""
    for item in read_items(path):
        if isinstance(item, SealedTable):
            table = item.name
        elif isinstance(item, SealedRow) and table == name:
            yield item.key
