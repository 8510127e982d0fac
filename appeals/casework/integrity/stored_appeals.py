"""Bulk loading of appeals for verification: the case, its moves, the citizen's texts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.case_rows import LINK_COLUMNS, MOVE_COLUMNS, load_cases
from appeals.cases.hash_chain import StoredMove
from appeals.casework.erasure.erasure import RecordedErasure, is_erasure_right
from appeals.domain.case import Case, RecordedMove
from appeals.domain.contact import ContactDetails
from appeals.models.appeal import (
    Appeal,
    ContactVersion,
    Move,
    RestrictedByCategory,
    Statement,
)
from appeals.models.erasure import Erasure
from appeals.reference.reference_data import load_reference

APPEAL_COLUMNS = ("id", "number", "moves_made", "channel", "confidential", "head_hmac")


@dataclass(frozen=True, slots=True)
class StoredAppeal:
    """One appeal as stored; `statement` is the text that the first move commits to.

    `contacts` holds the text of each contact change's commitment, by the move's number.
    `restricted_by_category`: it became restricted without a move. `is_erased`: its erasure is
    recorded. `has_forged_erasure`: the record of its erasure has a wrong HMAC.
    """

    id: int
    number: str
    moves_made: int
    channel: str
    confidential: bool
    head_hmac: bytes | None
    case: Case
    moves: Sequence[StoredMove]
    statement: str | None
    contacts: Mapping[int, str]
    restricted_by_category: bool = False
    is_erased: bool = False
    has_forged_erasure: bool = False


def load_stored_appeals(act: Act, ids: Collection[int]) -> list[StoredAppeal]:
    """Return these appeals ordered by id, with one query for each table.

    Raises LookupError or ValueError for a stored value that this release does not know.
    """
    columns = [getattr(Appeal, name) for name in APPEAL_COLUMNS]
    query = sa.select(*columns).where(Appeal.id == sa.any_(sa.bindparam("ids"))).order_by(Appeal.id)
    appeals = act.session.execute(query, {"ids": list(ids)}).all()
    cases = load_cases(act, ids)
    moves = _load_moves(act, ids)
    statements = _load_statements(act, ids)
    contacts = _load_contacts(act, ids)
    without_move = _load_ids(act, RestrictedByCategory.appeal_id, ids)
    erased = _load_erasures(act, ids)
    return [
        StoredAppeal(
            id=row.id,
            number=row.number,
            moves_made=row.moves_made,
            channel=row.channel,
            confidential=row.confidential,
            head_hmac=row.head_hmac,
            case=cases[row.id],
            moves=moves[row.id],
            statement=statements.get(row.id),
            contacts=contacts[row.id],
            restricted_by_category=row.id in without_move,
            is_erased=erased.get(row.id, False),
            has_forged_erasure=not erased.get(row.id, True),
        )
        for row in appeals
    ]


def _load_statements(act: Act, ids: Collection[int]) -> Mapping[int, str]:
    columns = [getattr(Statement, name) for name in hash_chain.STATEMENT_COLUMNS]
    query = sa.select(Statement.appeal_id, *columns).where(
        Statement.appeal_id == sa.any_(sa.bindparam("ids"))
    )
    rows = act.session.execute(query, {"ids": list(ids)})
    return {row.appeal_id: hash_chain.statement_text(row) for row in rows}


def _load_contacts(act: Act, ids: Collection[int]) -> Mapping[int, Mapping[int, str]]:
    query = sa.select(ContactVersion).where(
        ContactVersion.appeal_id == sa.any_(sa.bindparam("ids"))
    )
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for row in act.session.scalars(query, {"ids": list(ids)}):
        contact = ContactDetails(row.name, row.phone, row.email)
        found[row.appeal_id][row.move_seq] = hash_chain.contact_text(contact)
    return found


def _load_ids(act: Act, column: InstrumentedAttribute[int], ids: Collection[int]) -> set[int]:
    """Return which of these ids occur in the column of a table."""
    query = sa.select(column).where(column == sa.any_(sa.bindparam("ids")))
    return set(act.session.scalars(query, {"ids": list(ids)}))


def _load_erasures(act: Act, ids: Collection[int]) -> Mapping[int, bool]:
    """Return the appeals with a recorded erasure, and whether the record's HMAC is right."""
    query = sa.select(Erasure).where(Erasure.appeal_id == sa.any_(sa.bindparam("ids")))
    book = load_reference(act).book
    found = dict[int, bool]()
    for row in act.session.scalars(query, {"ids": list(ids)}):
        recorded = RecordedErasure(row.appeal_id, row.erased_at, row.erased_by, row.request_id)
        found[row.appeal_id] = is_erasure_right(act, book, recorded, row.mac)
    return found


def _load_moves(act: Act, ids: Collection[int]) -> Mapping[int, list[StoredMove]]:
    columns = [getattr(Move, column) for column in MOVE_COLUMNS]
    query = (
        sa.select(Move.appeal_id, *columns, *(getattr(Move, name) for name in LINK_COLUMNS))
        .where(Move.appeal_id == sa.any_(sa.bindparam("ids")))
        .order_by(Move.appeal_id, Move.seq)
    )
    found: defaultdict[int, list[StoredMove]] = defaultdict(list)
    rows = act.session.execute(query, {"ids": list(ids)})
    for appeal_id, *values in rows:
        move, of_link = values[: len(MOVE_COLUMNS)], values[len(MOVE_COLUMNS) :]
        found[appeal_id].append(StoredMove(RecordedMove(*move), *of_link))
    return found
