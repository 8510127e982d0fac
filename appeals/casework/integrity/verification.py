"""Verification: every appeal's rows must be what its recorded moves make of them.

Appeals are read in batches and replayed one by one. The rows of an appeal change in one
transaction, so a batch needs a consistent view of itself only: `appeals verify` reads each batch in
a REPEATABLE READ transaction of its own. The nightly verification reads in READ COMMITTED and looks
again, under their locks, at the appeals that seem wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling.bulk_writing import cache_working_days
from appeals.casework.integrity.replay import find_problems
from appeals.casework.integrity.stored_appeals import StoredAppeal, load_stored_appeals
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference

BATCH_SIZE = 2_000

IdRange = tuple[int, int]
"""The first and the last id of a batch."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one appeal, in a sentence for the operator."""

    appeal_id: int
    number: str
    sentence: str


@dataclass(frozen=True)
class Verified:
    """How many appeals were verified, and what was found."""

    count: int
    problems: tuple[Problem, ...]


def count_appeals(act: Act) -> int:
    """Return the number of all appeals."""
    return act.session.scalar(sa.select(sa.func.count()).select_from(Appeal)) or 0


def list_id_ranges(act: Act) -> list[IdRange]:
    """Return ranges of ids that cover every appeal."""
    first = act.session.scalar(sa.select(sa.func.min(Appeal.id)))
    last = act.session.scalar(sa.select(sa.func.max(Appeal.id)))
    if first is None or last is None:
        return []
    return [(begin, begin + BATCH_SIZE - 1) for begin in range(first, last + 1, BATCH_SIZE)]


def list_ids(act: Act, id_range: IdRange) -> list[int]:
    """Return the ids of the appeals in a range."""
    return list(act.session.scalars(sa.select(Appeal.id).where(Appeal.id.between(*id_range))))


def verify_appeals(act: Act, ids: Sequence[int]) -> Verified:
    """Replay these appeals and return what does not hold."""
    book = cache_working_days(load_reference(act).book)
    stored, unreadable = load_readable(act, ids)
    problems = [
        Problem(each.id, each.number, sentence)
        for each in stored
        for sentence in find_problems(each, book, act.secret)
    ]
    return Verified(len(stored) + len(unreadable), (*unreadable, *problems))


def load_readable(act: Act, ids: Sequence[int]) -> tuple[list[StoredAppeal], list[Problem]]:
    """Load these appeals; one with a value that this release does not know is a problem.

    It is looked for by halves, so that the others are still loaded in batches.
    """
    try:
        return load_stored_appeals(act, ids), []
    except LookupError as error:
        if len(ids) == 1:
            number = act.session.scalar(sa.select(Appeal.number).where(Appeal.id == ids[0]))
            return [], [Problem(ids[0], number or "", f"it cannot be read: {error}")]
    half = len(ids) // 2
    halves = [load_readable(act, part) for part in (ids[:half], ids[half:])]
    return [each for found, _ in halves for each in found], [
        each for _, problems in halves for each in problems
    ]


def verify_range(act: Act, id_range: IdRange) -> Verified:
    """Verify the appeals of one range."""
    return verify_appeals(act, list_ids(act, id_range))


def verify_all_appeals(act: Act) -> Iterator[Verified]:
    """Verify every appeal in this transaction, batch after batch."""
    return (verify_range(act, each) for each in list_id_ranges(act))
