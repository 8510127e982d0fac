"""Verification: every appeal's rows must be what its recorded moves make of them.

Appeals are read in batches and replayed one by one. The rows of an appeal change in one
transaction, so a batch needs a consistent view of itself only: edges run each batch in a
REPEATABLE READ transaction of its own.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.bulk import remembering
from appeals.casework.integrity.replay import find_problems
from appeals.casework.integrity.stored_appeals import load_stored_appeals
from appeals.models.appeal import Appeal
from appeals.reference import reference

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


def verify_appeals(act: Act, ids: Collection[int]) -> Verified:
    """Replay these appeals and return what does not hold."""
    book = remembering(reference(act).book)
    stored = load_stored_appeals(act, ids)
    problems = [
        Problem(each.id, each.number, sentence)
        for each in stored
        for sentence in find_problems(each, book)
    ]
    return Verified(len(stored), tuple(problems))


def verify_range(act: Act, id_range: IdRange) -> Verified:
    """Verify the appeals of one range."""
    return verify_appeals(act, list_ids(act, id_range))


def verify_all_appeals(act: Act) -> Iterator[Verified]:
    """Verify every appeal in this transaction, batch after batch."""
    return (verify_range(act, each) for each in list_id_ranges(act))
