"""Repair: rebuilds an appeal's rows from its moves, and removes wrong marks of the deadline sweep.

The moves are the source of truth and are never changed, nor are published editions. An appeal whose
moves fail verification is left alone: its rows are then the only evidence of what happened.
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
    read_last_confidentiality,
    replay_appeal,
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

SWEEP_MARKS = {
    "warned_at": Deadline.warn_at,
    "breached_at": Deadline.original_due_at,
    "escalated_at": Deadline.escalate_at,
}
"""The sweep's marks and the earliest time of each, as far as a query can tell."""


@dataclass(frozen=True)
class ValueRepair:
    """One value to write; without a `column` the whole row is added or deleted."""

    table: type[Base]
    n: int | None
    column: str | None
    old: object
    new: object

    def __str__(self) -> str:
        """Format as a line for the operator."""
        row = self.table.__tablename__ + (f" {self.n}" if self.n else "")
        return f"{row} {self.column or 'row'}: {format_value(self.old)} -> {format_value(self.new)}"


@dataclass(frozen=True)
class RepairResult:
    """The repairs of one appeal; `refusal` says what cannot be repaired, if anything."""

    number: str
    changes: tuple[ValueRepair, ...] = ()
    refusal: str | None = None


def find_suspects(act: Act, id_range: IdRange) -> list[int]:
    """Return the appeals of a range that fail verification or have a suspicious mark."""
    unverified = {problem.appeal_id for problem in verify_range(act, id_range).problems}
    is_wrong = [
        sa.or_(getattr(Deadline, mark) > act.now, getattr(Deadline, mark) < moment)
        for mark, moment in SWEEP_MARKS.items()
    ]
    marked = act.session.scalars(
        sa.select(Deadline.appeal_id).where(
            Deadline.appeal_id.between(*id_range), sa.or_(*is_wrong)
        )
    )
    return sorted(unverified | set(marked))


def repair_appeal(act: Act, appeal_id: int) -> RepairResult:
    """Rebuild an appeal's rows from its moves, log each change, and mark its months for recounting.

    Whatever still fails verification (texts that differ from their commitment) is the refusal.
    """
    lock = sa.select(Appeal.id).where(Appeal.id == appeal_id).with_for_update()
    act.session.execute(lock)
    found, unreadable = load_readable(act, [appeal_id])
    if unreadable:
        return RepairResult(unreadable[0].number, refusal=unreadable[0].sentence)
    (stored,) = found
    book = load_reference(act).book
    refusal = next(_find_lost_moves(stored, book, act.secret), None)
    if refusal is None:
        try:
            case = replay_appeal(stored, book)
        except CannotReplay as problem:
            refusal = str(problem)
    if refusal is not None:
        return RepairResult(stored.number, refusal=refusal)
    changes = (*_compare_case(stored, case), *_find_wrong_marks(act, appeal_id, case, book))
    for change in changes:
        _write_repair(act, appeal_id, change)
    if changes:
        mark_dirty(act, stored.case)
        mark_dirty(act, case)
    ((after,), _) = load_readable(act, [appeal_id])
    return RepairResult(stored.number, changes, next(find_problems(after, book, act.secret), None))


def _find_lost_moves(stored: StoredAppeal, book: RuleBook, secret: bytes) -> Iterator[str]:
    """Yield why the moves cannot be trusted: a broken or truncated hash chain."""
    yield from find_broken_moves(stored, book, secret)
    seqs = [each.move.seq for each in stored.moves]
    if not seqs or seqs != list(range(1, stored.moves_made + 1)):
        yield f"{stored.moves_made} moves were made, but the history has {seqs}"
    yield from find_cut_moves(stored, secret)


def _compare_case(stored: StoredAppeal, case: Case) -> Iterator[ValueRepair]:
    """Yield the repairs that bring the stored case to the replayed one."""
    for name in CASE_COLUMNS:
        old, new = getattr(stored.case, name), getattr(case, name)
        if old != new:
            yield ValueRepair(Appeal, None, name, old, new)
    filed_by = stored.moves[0].move.facts.get("channel")
    if stored.channel != filed_by:
        yield ValueRepair(Appeal, None, "channel", stored.channel, filed_by)
    said = read_last_confidentiality(stored)
    if stored.confidential is not said:
        yield ValueRepair(Appeal, None, "confidential", stored.confidential, said)
    for name, table, items in CASE_LISTS:
        old_rows = {row.n: row for row in getattr(stored.case, name)}
        new_rows = {row.n: row for row in getattr(case, name)}
        for n in sorted({*old_rows, *new_rows}):
            yield from _compare_row(table, field_names(items), old_rows.get(n), new_rows.get(n))


def _compare_row(
    table: type[CaseRow], names: tuple[str, ...], old: object, new: object
) -> Iterator[ValueRepair]:
    if old is None or new is None:
        n = getattr(old or new, "n", None)
        yield ValueRepair(table, n, None, old and _make_row(old), new and _make_row(new))
        return
    for name in names:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield ValueRepair(table, getattr(new, "n", None), name, before, after)


def _make_row(item: object) -> dict[str, object]:
    return asdict(item)  # type: ignore[call-overload,no-any-return]  # LISTS has dataclasses


def _find_wrong_marks(
    act: Act, appeal_id: int, case: Case, book: RuleBook
) -> Iterator[ValueRepair]:
    """Find marks in the future or before their earliest time, left by a clock that jumped."""
    firsts = {deadline.n: earliest_sweep_times(deadline, book) for deadline in case.deadlines}
    query = sa.select(Deadline.n, *(getattr(Deadline, mark) for mark in SWEEP_MARKS))
    for row in act.session.execute(query.where(Deadline.appeal_id == appeal_id)).mappings():
        for mark in SWEEP_MARKS:
            set_at, first = row[mark], firsts.get(row["n"], {}).get(mark)
            if set_at and first and (set_at > act.now or set_at < first):
                yield ValueRepair(Deadline, row["n"], mark, set_at, None)


def _write_repair(act: Act, appeal_id: int, change: ValueRepair) -> None:
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
            old_value=format_value(change.old),
            new_value=format_value(change.new),
        )
    )


def format_value(value: object) -> str | None:
    """Return a value as it is recorded and printed; whole rows as JSON."""
    if isinstance(value, dict):
        return json.dumps({name: format_value(each) for name, each in value.items()})
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return str(value.value)
    return None if value is None else str(value)
