"""Repair: the rows of an appeal made again from its moves, and wrong marks of the sweep taken back.

The moves are the truth and are never touched, nor are published editions. An appeal whose moves do
not hold is left as it is: its rows are then the only witness of what happened.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling.moves import mark_dirty
from appeals.casework.integrity.replay import (
    CannotReplay,
    find_broken_moves,
    find_cut_moves,
    find_problems,
    last_confidential,
    replay,
)
from appeals.casework.integrity.stored_appeals import StoredAppeal
from appeals.casework.integrity.verification import IdRange, load_readable, verify_range
from appeals.database import Base
from appeals.domain.case import Case
from appeals.domain.deadlines import earliest_sweep_times
from appeals.domain.rule_book import RuleBook
from appeals.models.appeal import Appeal
from appeals.models.handling import (
    CASE_COLUMNS,
    CASE_LISTS,
    CaseRow,
    Deadline,
    RatedFrom,
    field_names,
)
from appeals.models.integrity import Repair
from appeals.reference.reference_data import load_reference

MARKS = {
    "warned_at": Deadline.warn_at,
    "breached_at": Deadline.original_due_at,
    "escalated_at": Deadline.escalate_at,
}
"""The sweep's marks and, as far as a query can tell, the moment that each must not precede."""


@dataclass(frozen=True)
class Change:
    """One value to be written; without a `column` the whole row is added or removed."""

    table: type[Base]
    n: int | None
    column: str | None
    old: object
    new: object

    def __str__(self) -> str:
        """Return it as a line for the operator."""
        row = self.table.__tablename__ + (f" {self.n}" if self.n else "")
        return f"{row} {self.column or 'row'}: {text_of(self.old)} -> {text_of(self.new)}"


@dataclass(frozen=True)
class Repaired:
    """What was changed in one appeal; `refusal` says what cannot be repaired, if anything."""

    number: str
    changes: tuple[Change, ...] = ()
    refusal: str | None = None


def find_suspects(act: Act, id_range: IdRange) -> list[int]:
    """Return the appeals of a range that do not verify or bear a mark that looks wrong."""
    unverified = {problem.appeal_id for problem in verify_range(act, id_range).problems}
    is_wrong = [
        sa.or_(getattr(Deadline, mark) > act.now, getattr(Deadline, mark) < moment)
        for mark, moment in MARKS.items()
    ]
    marked = act.session.scalars(
        sa.select(Deadline.appeal_id).where(
            Deadline.appeal_id.between(*id_range), sa.or_(*is_wrong)
        )
    )
    return sorted(unverified | set(marked))


def repair_appeal(act: Act, appeal_id: int) -> Repaired:
    """Bring the rows of an appeal up to its moves, record each change, and mark its months.

    What still does not verify then (words that differ from their seal) is returned as the refusal.
    """
    lock = sa.select(Appeal.id).where(Appeal.id == appeal_id).with_for_update()
    act.session.execute(lock)
    found, unreadable = load_readable(act, [appeal_id])
    if unreadable:
        return Repaired(unreadable[0].number, refusal=unreadable[0].sentence)
    (stored,) = found
    book = load_reference(act).book
    refusal = next(_find_lost_moves(stored, book, act.secret), None)
    if refusal is None:
        try:
            case = replay(stored, book)
        except CannotReplay as problem:
            refusal = str(problem)
    if refusal is not None:
        return Repaired(stored.number, refusal=refusal)
    changes = (*_changes(stored, case), *_wrong_marks(act, appeal_id, case, book))
    for change in changes:
        _write(act, appeal_id, change)
    if changes:
        mark_dirty(act, stored.case)
        mark_dirty(act, case)
    ((after,), _) = load_readable(act, [appeal_id])
    return Repaired(stored.number, changes, next(find_problems(after, book, act.secret), None))


def _find_lost_moves(stored: StoredAppeal, book: RuleBook, secret: bytes) -> Iterator[str]:
    """Yield why the moves cannot be trusted: a broken chain, or one that lost its end."""
    yield from find_broken_moves(stored, book, secret)
    seqs = [each.move.seq for each in stored.moves]
    if not seqs or seqs != list(range(1, stored.moves_made + 1)):
        yield f"{stored.moves_made} moves were made, but the history has {seqs}"
    yield from find_cut_moves(stored, secret)


def _changes(stored: StoredAppeal, case: Case) -> Iterator[Change]:
    """Compare what is stored with what the moves give."""
    for name in CASE_COLUMNS:
        old, new = getattr(stored.case, name), getattr(case, name)
        if old != new:
            yield Change(Appeal, None, name, old, new)
    filed_by = stored.moves[0].move.facts.get("channel")
    if stored.channel != filed_by:
        yield Change(Appeal, None, "channel", stored.channel, filed_by)
    said = last_confidential(stored)
    if stored.confidential is not said:
        yield Change(Appeal, None, "confidential", stored.confidential, said)
    for name, table, items in CASE_LISTS:
        old_rows = {row.n: row for row in getattr(stored.case, name)}
        new_rows = {row.n: row for row in getattr(case, name)}
        for n in sorted({*old_rows, *new_rows}):
            yield from _row_changes(table, field_names(items), old_rows.get(n), new_rows.get(n))


def _row_changes(
    table: type[CaseRow], names: tuple[str, ...], old: object, new: object
) -> Iterator[Change]:
    if old is None or new is None:
        n = getattr(old or new, "n", None)
        yield Change(table, n, None, old and _row(old), new and _row(new))
        return
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(table, getattr(new, "n", None), name, before, after)


def _row(item: object) -> dict[str, object]:
    return asdict(item)  # type: ignore[call-overload,no-any-return]  # LISTS has dataclasses


def _wrong_marks(act: Act, appeal_id: int, case: Case, book: RuleBook) -> Iterator[Change]:
    """Find marks in the future, or earlier than their own moment: left by a clock that jumped."""
    firsts = {deadline.n: earliest_sweep_times(deadline, book) for deadline in case.deadlines}
    query = sa.select(Deadline.n, *(getattr(Deadline, mark) for mark in MARKS))
    for row in act.session.execute(query.where(Deadline.appeal_id == appeal_id)).mappings():
        for mark in MARKS:
            set_at, first = row[mark], firsts.get(row["n"], {}).get(mark)
            if set_at and first and (set_at > act.now or set_at < first):
                yield Change(Deadline, row["n"], mark, set_at, None)


def _write(act: Act, appeal_id: int, change: Change) -> None:
    table = Base.metadata.tables[change.table.__tablename__]
    if change.n is None:
        where = table.c.id == appeal_id
    else:
        where = sa.and_(table.c.appeal_id == appeal_id, table.c.n == change.n)
    if change.column is not None:
        act.session.execute(sa.update(table).where(where).values({change.column: change.new}))
    elif isinstance(change.new, dict):
        act.session.execute(sa.insert(table).values(appeal_id=appeal_id, **change.new))
    else:
        devices = Base.metadata.tables[RatedFrom.__tablename__]
        if table.name == "rating":
            of_rating = sa.and_(devices.c.appeal_id == appeal_id, devices.c.n == change.n)
            act.session.execute(sa.delete(devices).where(of_rating))
        act.session.execute(sa.delete(table).where(where))
    act.session.add(
        Repair(
            appeal_id=appeal_id,
            repaired_at=act.now,
            table_name=table.name,
            n=change.n,
            column_name=change.column,
            old_value=text_of(change.old),
            new_value=text_of(change.new),
        )
    )


def text_of(value: object) -> str | None:
    """Return a value as it is recorded and printed; whole rows as JSON."""
    if isinstance(value, dict):
        return json.dumps({name: text_of(each) for name, each in value.items()})
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return None if value is None else str(value)
