"""Contents of a seal: the appeals that moved and the rows added since the previous seal.

A transaction may become visible well after its timestamps. So each seal looks back a day further
than the previous seal, and leaves out whatever a seal of that day names already.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from appeals.act import Act
from appeals.casework.integrity.seal_file import (
    SealedAppeal,
    SealedRow,
    SealedTable,
    SealItem,
    compute_row_digest,
    derive_seal_key,
)
from appeals.database import Base
from appeals.models.appeal import Appeal, Move
from appeals.models.append_only import SEALED_TABLES
from appeals.models.report import Figure, Report

ROWS_PER_FETCH = 5_000
STREAMING = {"yield_per": ROWS_PER_FETCH}
REPORT, FIGURE = Report.__tablename__, Figure.__tablename__
Progress = Callable[[str], None]
RowKey = tuple[str, ...]


@dataclass(frozen=True)
class SealProblem:
    """A problem with an appeal, a row of a table, or a seal, and a sentence that describes it.

    `table` is the appeal's or row's table, empty for a problem with a seal itself. A problem with
    `is_acknowledged` was known when the seals were restarted: it is reported, but is no failure.
    """

    subject: str
    sentence: str
    table: str = ""
    is_acknowledged: bool = False


@dataclass
class AlreadySealed:
    """Items named by the seals of the last day, and the ranges of ids unused then."""

    appeals: dict[int, SealedAppeal] = field(default_factory=dict)
    rows: dict[str, set[RowKey]] = field(default_factory=dict)
    absent: list[list[int]] = field(default_factory=list)
    highest: int = 0


def list_key_columns(table: sa.Table) -> list["sa.Column[object]"]:
    """Return the columns of a table's primary key, in its order."""
    return list(table.primary_key.columns)


def find_free_ids(act: Act, above: int) -> tuple[int, list[list[int]]]:
    """Return the highest appeal id, and the unused ranges of ids above `above`."""
    ids = (
        sa.select(Appeal.id, sa.func.lead(Appeal.id).over(order_by=Appeal.id).label("next"))
        .where(Appeal.id >= above)
        .subquery()
    )
    gaps = sa.select(ids.c.id + 1, ids.c.next - 1).where(ids.c.next > ids.c.id + 1)
    absent = [[first, last] for first, last in act.session.execute(gaps.order_by(ids.c.id))]
    lowest, highest = act.session.execute(
        sa.select(sa.func.min(Appeal.id), sa.func.max(Appeal.id)).where(Appeal.id > above)
    ).one()
    is_above = act.session.scalar(sa.select(Appeal.id).where(Appeal.id == above)) is not None
    if not is_above and (lowest or 0) > above + 1:
        absent.insert(0, [above + 1, lowest - 1])
    return max(highest or 0, above), absent


def list_items(
    act: Act, since: datetime | None, known: AlreadySealed, progress: Progress
) -> Iterator[SealItem]:
    """Yield the items of a seal from a moment on, all where that is None."""
    yield from _list_moved_appeals(act, since, known, progress)
    for name, came_at in SEALED_TABLES.items():
        progress(f"sealing {name}")
        table = Base.metadata.tables[name]
        query = sa.select(table)
        if since is not None and came_at is not None:
            query = query.where(table.c[came_at] >= since)
        yield from _list_unsealed_rows(act, table, query, known.rows.get(name, set()))
    yield from _list_editions(act, since, known)


def _list_moved_appeals(
    act: Act, since: datetime | None, known: AlreadySealed, progress: Progress
) -> Iterator[SealedAppeal]:
    query = (
        sa.select(Appeal.id, Appeal.number, Appeal.moves_made, Move.row_hash)
        .join(Move, sa.and_(Move.appeal_id == Appeal.id, Move.seq == Appeal.moves_made))
        .order_by(Appeal.id)
    )
    if since is not None:
        moved = sa.select(Move.appeal_id).where(Move.at >= since)
        was_free = Appeal.id.in_(select_ids_within(known.absent))
        query = query.where(sa.or_(Appeal.id.in_(moved), Appeal.id > known.highest, was_free))
    for n, row in enumerate(act.session.execute(query, execution_options=STREAMING)):
        if n % ROWS_PER_FETCH == 0:
            progress(f"sealing appeals: {n}")
        appeal = SealedAppeal(*row)
        if known.appeals.get(appeal.id) != appeal:
            yield appeal


def select_ids_within(ranges: Sequence[Sequence[int]]) -> "sa.Select[int]":
    """Select the ids of appeals within these ranges, of which there may be many."""
    bounds = [
        sa.cast([each[n] for each in ranges], postgresql.ARRAY(sa.BigInteger)) for n in (0, 1)
    ]
    free = sa.func.unnest(*bounds).table_valued("low", "high").render_derived("free")
    late = sa.orm.aliased(Appeal)
    within = late.id.between(free.c.low, free.c.high)
    return sa.select(late.id).select_from(sa.join(free, late, within))


def _list_unsealed_rows(
    act: Act, table: sa.Table, query: "sa.Select[tuple[object, ...]]", known: Collection[RowKey]
) -> Iterator[SealItem]:
    """Yield the rows of a table that a query selects, except those already sealed."""
    columns = sorted(column.name for column in table.columns)
    key = derive_seal_key(act.secret)
    yield SealedTable(table.name, tuple(columns))
    selected = query.with_only_columns(*list_key_texts(table), row_content(table, columns))
    ordered = selected.order_by(*list_key_columns(table))
    for *key_texts, content in act.session.execute(ordered, execution_options=STREAMING):
        if tuple(key_texts) not in known:
            yield SealedRow(tuple(key_texts), compute_row_digest(key, table.name, content))


def list_key_texts(table: sa.Table) -> list["sa.ColumnElement[str]"]:
    """Return the primary key's columns as text, as a seal names a row."""
    return [sa.cast(column, sa.Text) for column in list_key_columns(table)]


def row_content(table: sa.Table, columns: Sequence[str]) -> "sa.ColumnElement[str]":
    """Return the SQL expression for the JSON text of a row's columns, as PostgreSQL writes it."""
    return sa.cast(sa.func.jsonb_build_array(*(table.c[name] for name in columns)), sa.Text)


def _list_editions(act: Act, since: datetime | None, known: AlreadySealed) -> Iterator[SealItem]:
    """Yield the editions, each with all its figures."""
    report, figure = Base.metadata.tables[REPORT], Base.metadata.tables[FIGURE]
    published = sa.select(report.c.id).where(report.c.edition.is_not(None))
    if since is not None:
        published = published.where(report.c.published_at >= since)
    sealed = known.rows.get(REPORT, set())
    found = act.session.scalars(published.order_by(report.c.id)).all()
    new = [id_ for id_ in found if (str(id_),) not in sealed]
    yield from _list_unsealed_rows(act, report, sa.select(report).where(report.c.id.in_(new)), ())
    for id_ in new:
        yield from _list_unsealed_rows(
            act, figure, sa.select(figure).where(figure.c.report_id == id_), ()
        )


def load_contents(
    act: Act, table: sa.Table, columns: Sequence[str], keys: Sequence[RowKey]
) -> Mapping[RowKey, str]:
    """Return the JSON text of the rows by key; keys without a row are left out."""
    of_key = list_key_columns(table)
    texts = [
        sa.cast([key[n] for key in keys], postgresql.ARRAY(sa.Text)) for n in range(len(of_key))
    ]
    names = [f"key_{n}" for n in range(len(of_key))]
    wanted = sa.func.unnest(*texts).table_valued(*names).render_derived("wanted")
    joined = sa.and_(
        *(
            column == sa.cast(wanted.c[name], column.type)
            for name, column in zip(names, of_key, strict=True)
        )
    )
    query = sa.select(*(wanted.c[name] for name in names), row_content(table, columns))
    rows = act.session.execute(query.select_from(wanted.join(table, joined)))
    return {tuple(row[:-1]): row[-1] for row in rows}
