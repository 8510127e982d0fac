"""The one mapping between a `Case` and its rows: loaded, saved after a move, inserted when new.

Each works for one appeal and for thousands. What an appeal has besides its case (statement, moves,
suggested department) is inserted here too, so that a new appeal's rows are listed in one place.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.bulk_copy import CopyBlock
from appeals.cases.citizen_contact import COLUMNS_OF_TELEPHONE, telephone_columns
from appeals.cases.hash_chain import StoredMove
from appeals.database import Base
from appeals.domain.case import Case, RecordedMove
from appeals.domain.contact import ContactSettings
from appeals.domain.filing import Filing
from appeals.models.appeal import Appeal, Move, RoutingReason, Statement
from appeals.models.handling import CASE_COLUMNS, CASE_LISTS, CaseRow, field_names

FILING_COLUMNS = ("channel", "confidential", "publish", "language", "source", "source_ref")
"""The columns of an appeal that come from its filing and are no part of the case."""
MOVE_COLUMNS = field_names(RecordedMove)
APPEAL_COLUMNS = (
    "id", "number", "moves_made", "head_hmac",
    *("form_key_hash", "form_digest", "code_hash"), *FILING_COLUMNS, *CASE_COLUMNS,
)  # fmt: skip
STATEMENT_COLUMNS = ("appeal_id", *hash_chain.STATEMENT_COLUMNS, *COLUMNS_OF_TELEPHONE)
LINK_COLUMNS = tuple(field.name for field in fields(StoredMove) if field.name != "move")


class SuggestedDepartment(NamedTuple):
    """The columns of the routing suggestion; without a department no rule matched."""

    department: str | None
    rule_id: int | None
    zh: str
    en: str
    alternatives: str


class FormHashes(NamedTuple):
    """The columns by which an appeal's form and query code are recognised."""

    form_key_hash: bytes | None = None
    form_digest: bytes | None = None
    code_hash: bytes | None = None


NO_FORM = FormHashes()
"""An appeal that was imported or made up has no form."""


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """A new appeal with its moves so far, before it is inserted."""

    id: int
    number: str
    filing: Filing
    case: Case
    moves: Sequence[RecordedMove]
    suggested: SuggestedDepartment
    form: FormHashes = NO_FORM


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows to insert into one table, each with the values of `columns` in order."""

    table: type[Base]
    columns: Sequence[str]
    rows: list[tuple[object, ...]]


def _rows_as_json(table: type[CaseRow]) -> sa.ScalarSelect[Any]:
    """Return the rows of an appeal in one table as one JSON value, as SQL."""
    each = sa.select(table).where(table.appeal_id == Appeal.id).correlate(Appeal).subquery("each")
    rows = sa.func.jsonb_agg(sa.func.to_jsonb(each.table_valued())).aggregate_order_by(each.c.n)
    return sa.select(rows).scalar_subquery()


SELECT_CASES = sa.select(
    Appeal.id,
    *(getattr(Appeal, name) for name in CASE_COLUMNS),
    *(_rows_as_json(table).label(name) for name, table, _ in CASE_LISTS),
).where(Appeal.id == sa.any_(sa.bindparam("ids")))


def load_case(act: Act, appeal_id: int) -> Case:
    """Load one case."""
    return load_cases(act, [appeal_id])[appeal_id]


def load_cases(act: Act, ids: Collection[int]) -> dict[int, Case]:
    """Load the cases of these appeals by id, in one query.

    Raises LookupError or ValueError for a stored value that this release does not know.
    """
    rows = act.session.execute(SELECT_CASES, {"ids": list(ids)}).mappings()
    return {row["id"]: _build_case(row) for row in rows}


def _build_case(row: sa.RowMapping) -> Case:
    columns: dict[str, Any] = {name: row[name] for name in CASE_COLUMNS}
    lists: dict[str, Any] = {
        name: [_item_from_json(table, items, each) for each in row[name] or ()]
        for name, table, items in CASE_LISTS
    }
    return Case(**columns, **lists)


def _item_from_json(table: type[CaseRow], items: type[Any], stored: Mapping[str, Any]) -> object:
    columns = table.__table__.columns
    return items(
        **{name: _value_from_json(columns[name], stored[name]) for name in field_names(items)}
    )


def _value_from_json(column: sa.ColumnElement[Any], stored: Any) -> object:  # noqa: ANN401 - as JSON has it
    if stored is None:
        return None
    kind = column.type.python_type
    return datetime.fromisoformat(stored) if kind is datetime else kind(stored)


def save_case(act: Act, appeal: Appeal, before: Case, after: Case, stored: StoredMove) -> Move:
    """Write what a move changed, and the move itself; return its row.

    The caller holds the appeal's lock and loaded `before` under it.
    """
    for name in CASE_COLUMNS:
        if getattr(before, name) != getattr(after, name):
            setattr(appeal, name, getattr(after, name))
    appeal.moves_made = stored.move.seq
    appeal.head_hmac = hash_chain.make_head_hmac(
        act.secret, appeal.id, stored.move.seq, stored.row_hash
    )
    row = Move(
        appeal_id=appeal.id,
        **{name: getattr(stored.move, name) for name in MOVE_COLUMNS},
        **{name: getattr(stored, name) for name in LINK_COLUMNS},
    )
    act.session.add(row)
    for name, table, _ in CASE_LISTS:
        _save_list(act, appeal.id, table, getattr(before, name), getattr(after, name))
    return row


def _save_list(
    act: Act, appeal_id: int, table: type[CaseRow], before: Sequence[Any], after: Sequence[Any]
) -> None:
    """Update the rows that changed and insert the new ones; a move removes none."""
    for old, new in zip(before, after, strict=False):
        if changed := {name: value for name, value in _values(new) if value != getattr(old, name)}:
            own = (table.appeal_id == appeal_id, table.n == new.n)
            act.session.execute(sa.update(table).where(*own).values(**changed))
    if added := [{"appeal_id": appeal_id, **dict(_values(new))} for new in after[len(before) :]]:
        act.session.execute(_insert_into(table), added)


def _values(item: object) -> Iterator[tuple[str, object]]:
    return ((name, getattr(item, name)) for name in field_names(type(item)))


@cache
def _insert_into(table: type[Base]) -> sa.Insert:
    """Return the insert of a table's rows, made once and without the bookkeeping of objects."""
    return sa.insert(Base.metadata.tables[table.__tablename__])


def insert_appeal(act: Act, new: NewAppeal) -> Appeal:
    """Insert one new appeal and return its row."""
    for each in build_rows(act.secret, act.reach, [new]):
        rows = [dict(zip(each.columns, row, strict=True)) for row in each.rows]
        if rows:
            act.session.execute(_insert_into(each.table), rows)
    return act.session.get_one(Appeal, new.id)


def build_blocks(
    secret: bytes, reach: ContactSettings, new: Sequence[NewAppeal]
) -> list[CopyBlock]:
    """Encode thousands of new appeals for COPY, in the order of insertion."""
    return [
        CopyBlock.of(each.table.__tablename__, each.columns, each.rows)
        for each in build_rows(secret, reach, new)
    ]


def build_rows(
    secret: bytes, reach: ContactSettings, new: Sequence[NewAppeal]
) -> Iterator[TableRows]:
    """Yield the rows of new appeals table by table, in the order of insertion."""
    chains = [_chain_moves(secret, each) for each in new]
    yield TableRows(
        Appeal,
        APPEAL_COLUMNS,
        [_appeal_row(secret, each, chain[-1]) for each, chain in zip(new, chains, strict=True)],
    )
    yield TableRows(Statement, STATEMENT_COLUMNS, [_statement_row(reach, each) for each in new])
    yield TableRows(
        RoutingReason,
        ("appeal_id", *SuggestedDepartment._fields),
        [(each.id, *each.suggested) for each in new],
    )
    yield TableRows(
        Move,
        ("appeal_id", *MOVE_COLUMNS, *LINK_COLUMNS),
        [
            _move_row(each.id, move)
            for each, chain in zip(new, chains, strict=True)
            for move in chain
        ],
    )
    for name, table, items in CASE_LISTS:
        columns = field_names(items)
        yield TableRows(
            table,
            ("appeal_id", *columns),
            [
                (each.id, *_select_values(item, columns))
                for each in new
                for item in getattr(each.case, name)
            ],
        )


def _appeal_row(secret: bytes, new: NewAppeal, last: StoredMove) -> tuple[object, ...]:
    return (
        new.id,
        new.number,
        last.move.seq,
        hash_chain.make_head_hmac(secret, new.id, last.move.seq, last.row_hash),
        *new.form,
        *_select_values(new.filing, FILING_COLUMNS),
        *_select_values(new.case, CASE_COLUMNS),
    )


def _statement_row(reach: ContactSettings, new: NewAppeal) -> tuple[object, ...]:
    telephone = telephone_columns(new.filing.contact_phone, reach)
    texts = _select_values(new.filing, hash_chain.STATEMENT_COLUMNS)
    return (new.id, *texts, *telephone.values())


def _move_row(appeal_id: int, stored: StoredMove) -> tuple[object, ...]:
    recorded = _select_values(stored.move, MOVE_COLUMNS)
    return (appeal_id, *recorded, *_select_values(stored, LINK_COLUMNS))


def _chain_moves(secret: bytes, new: NewAppeal) -> list[StoredMove]:
    """Link the moves of a new appeal; the first commits to the statement."""
    chained, previous = list[StoredMove](), hash_chain.NO_LINK
    committing = hash_chain.statement_text(new.filing)
    for move in new.moves:
        stored = hash_chain.chain_move(secret, previous, new.id, move, committing)
        chained.append(stored)
        previous, committing = stored.row_hash, ""
    return chained


def _select_values(of: object, names: Sequence[str]) -> list[object]:
    return [getattr(of, name) for name in names]
