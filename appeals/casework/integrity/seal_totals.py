"""Totals of the tables that only grow: how many rows a seal counts, and one digest of them.

A seal counts the rows whose moment is over a day before it: by then every transaction of that
moment is visible, so the same rows can be counted again at any later time. A row that somebody puts
in with an old moment, or takes away, makes the total another. Each seal adds the rows of the time
since the one before to that one's totals; only where the columns of a table have changed, a clock
went back or seals began anew are all rows counted.

The digest of a table is the sum of its rows' keyed digests. Moves are many, and their links have a
key already: their digest is the sum of the first eight bytes of their links.
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
    STREAMED,
    Key,
    SealProblem,
    key_texts_of,
    row_content,
)
from appeals.casework.integrity.seal_file import (
    ROW_DIGEST_BYTES,
    SealedRow,
    SealedTable,
    SealedTotal,
    SealHeader,
    read_items,
    row_digest,
    seal_key,
)
from appeals.database import Base
from appeals.models.appeal import Move
from appeals.models.append_only import SEALED_TABLES

MOVE = Move.__tablename__
MOVE_COLUMNS = ("appeal_id", "row_hash", "seq")
MODULUS = 1 << 8 * ROW_DIGEST_BYTES
COUNTED = (MOVE, REPORT, FIGURE, *(name for name, came_at in SEALED_TABLES.items() if came_at))
"""Tables whose rows have a moment; `rule_change` has none, and is whole in each seal."""
Total = tuple[int, int]
"""The number of rows and the sum of their digests."""
Headers = Mapping[int, tuple[SealHeader, Path]]
"""The seals that can be read, by number."""


@dataclass(frozen=True)
class Window:
    """Rows from a moment on (None: from the first) and before another.

    Of moves, those of appeals with an id up to `settled`; up to `settled_before`, the seal before
    counted those from before `since` already.
    """

    since: datetime | None
    until: datetime
    settled: int
    settled_before: int = 0


def count_totals(
    act: Act, before: SealHeader | None, until: datetime, settled: int
) -> tuple[SealedTotal, ...]:
    """Return the totals of all tables, built on those of the seal before where that is possible."""
    totals = list[SealedTotal]()
    for name in COUNTED:
        columns = columns_of(name)
        earlier = before.total(name) if before and before.sealed_until <= until else None
        window = Window(None, until, settled)
        count, digest = 0, 0
        if before is not None and earlier is not None and earlier.columns == columns:
            window = Window(before.sealed_until, until, settled, before.settled)
            count, digest = earlier.count, int(earlier.digest, 16)
        added, sum_added = count_rows(act, name, columns, window)
        totals.append(_make_total(name, columns, (count + added, digest + sum_added)))
    return tuple(totals)


def columns_of(name: str) -> tuple[str, ...]:
    """Return the columns that the digest of a table covers, as the table is today."""
    if name == MOVE:
        return MOVE_COLUMNS
    return tuple(sorted(column.name for column in Base.metadata.tables[name].columns))


def _make_total(name: str, columns: tuple[str, ...], total: Total) -> SealedTotal:
    count, digest = total
    return SealedTotal(name, columns, count, f"{digest % MODULUS:0{2 * ROW_DIGEST_BYTES}x}")


def count_rows(act: Act, name: str, columns: Sequence[str], window: Window) -> Total:
    """Count the rows of a table in a window, and add up their digests."""
    if name == MOVE:
        return _count_moves(act, window)
    table, key = Base.metadata.tables[name], seal_key(act.secret)
    count, digest = 0, 0
    query = _rows_within(table, window).with_only_columns(row_content(table, columns))
    for content in act.session.scalars(query, execution_options=STREAMED):
        count += 1
        digest += int(row_digest(key, name, content), 16)
    return count, digest % MODULUS


def _rows_within(table: sa.Table, window: Window) -> "sa.Select[tuple[object, ...]]":
    """Select the rows of a window; of editions and figures, those published in it."""
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


def _count_moves(act: Act, window: Window) -> Total:
    """Count moves: new ones of appeals counted before, and all of those that are settled since."""
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


def verify_totals(act: Act, headers: Headers, named: Sequence[SealProblem]) -> list[SealProblem]:
    """Count all rows again, and name the rows that were put in, or else the table that differs.

    The last seal's totals are compared, and each total on which no later one is built. A table
    of which `named` has rows already is not named once more.
    """
    is_named = {each.table for each in named}
    problems = list[SealProblem]()
    for name in COUNTED:
        for number in sorted(headers):
            header = headers[number][0]
            following = headers.get(number + 1)
            sealed = header.total(name)
            if sealed is None or (following and _is_built_on(header, following[0], name)):
                continue
            window = Window(None, header.sealed_until, header.settled)
            found = count_rows(act, name, sealed.columns, window)
            if not _agrees(sealed, found):
                rows = [row for n in headers for row in find_added_rows(act, headers, n, name)]
                problems += rows
                if not rows and name not in is_named:
                    problems.append(_name_table(header, sealed, found[0]))
                break
    return problems


def verify_window(act: Act, headers: Headers, number: int) -> list[SealProblem]:
    """Count only the rows that one seal added to the totals of the seal before it.

    That is cheap enough for a night. Where the seal before is not at hand nothing is counted.
    """
    problems = list[SealProblem]()
    header = headers[number][0]
    if number - 1 not in headers:
        return problems
    before = headers[number - 1][0]
    for name in COUNTED:
        sealed, earlier = header.total(name), before.total(name)
        if sealed is None or earlier is None or not _is_built_on(before, header, name):
            continue
        window = Window(before.sealed_until, header.sealed_until, header.settled, before.settled)
        count, digest = count_rows(act, name, sealed.columns, window)
        found = (earlier.count + count, int(earlier.digest, 16) + digest)
        if not _agrees(sealed, found):
            rows = find_added_rows(act, headers, number, name)
            problems += rows or [_name_table(header, sealed, found[0])]
    return problems


def _is_built_on(before: SealHeader, after: SealHeader, name: str) -> bool:
    """Tell whether a seal's total of a table is that of the seal before with rows added."""
    earlier, later = before.total(name), after.total(name)
    return (
        earlier is not None
        and later is not None
        and earlier.columns == later.columns
        and before.sealed_until <= after.sealed_until
        and after.since is not None
    )


def _agrees(sealed: SealedTotal, found: Total) -> bool:
    return sealed == _make_total(sealed.table, sealed.columns, found)


def _name_table(header: SealHeader, sealed: SealedTotal, count: int) -> SealProblem:
    told = f"{sealed.count} rows of before {header.sealed_until:%Y-%m-%d %H:%M}Z"
    there = f"{count} are there" if count != sealed.count else "they are not the same"
    return SealProblem(sealed.table, f"seal {header.number} counts {told}; {there}", sealed.table)


def find_added_rows(act: Act, headers: Headers, number: int, name: str) -> list[SealProblem]:
    """Find rows of a seal's time that neither it nor a seal of that time names.

    Moves are named with their appeal; and where a seal of that time cannot be read, it is unknown
    what that one names.
    """
    table, header = Base.metadata.tables[name], headers[number][0]
    before = headers.get(number - 1)
    since = before[0].sealed_until if before else None
    if name == MOVE or (number > 1 and header.since is not None and since is None):
        return []
    known = _read_keys(headers, number, name, since)
    if known is None:
        return []
    window = Window(since, header.sealed_until, header.settled)
    query = _rows_within(table, window).with_only_columns(*key_texts_of(table))
    return [
        SealProblem(
            f"{name} {' '.join(key)}", f"it was put in later: seal {number} does not know it", name
        )
        for key in map(tuple, act.session.execute(query, execution_options=STREAMED))
        if key not in known
    ]


def _read_keys(headers: Headers, number: int, name: str, since: datetime | None) -> set[Key] | None:
    """Return the keys of a table in a seal, and in those before it that were made since a moment.

    None where one of them cannot be read.
    """
    keys = set[Key]()
    for each in range(number, 0, -1):
        if each not in headers:
            return None
        header, path = headers[each]
        if since is not None and header.sealed_at < since:
            break
        keys.update(_keys_in(path, name))
        if header.since is None:
            break
    return keys


def _keys_in(path: Path, name: str) -> Iterator[Key]:
    table = ""
    for item in read_items(path):
        if isinstance(item, SealedTable):
            table = item.name
        elif isinstance(item, SealedRow) and table == name:
            yield item.key
