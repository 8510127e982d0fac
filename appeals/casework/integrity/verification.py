"""Verification: every appeal's rows must equal the result of replaying its recorded moves.

Appeals are read in batches and replayed one by one. An appeal's rows change in one transaction, so
only the batch needs a consistent snapshot: `appeals verify` reads each batch in a REPEATABLE READ
transaction of its own. The nightly verification reads in READ COMMITTED and verifies failed appeals
once more with their rows locked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.driver import cache_working_days
from appeals.casework.integrity.replay import find_problems
from appeals.casework.integrity.stored_appeals import StoredAppeal, load_stored_appeals
from appeals.models.appeal import Appeal
from appeals.reference.reference_data import load_reference

BATCH_SIZE = 2_000

IdRange = tuple[int, int]
"""The first and the last id of a batch."""


@dataclass(frozen=True)
class AppealProblem:
    """A problem with one appeal, in a sentence for the operator."""

    appeal_id: int
    number: str
    sentence: str


@dataclass(frozen=True)
class VerifiedAppeals:
    """Number of appeals verified, and the problems found."""

    count: int
    problems: tuple[AppealProblem, ...]


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


def verify_appeals(act: Act, ids: Sequence[int]) -> VerifiedAppeals:
    """Verify these appeals by replay and return the problems."""
    book = cache_working_days(load_reference(act).book)
    stored, unreadable = load_readable(act, ids)
    problems = [
        AppealProblem(each.id, each.number, sentence)
        for each in stored
        for sentence in find_problems(each, book, act.secret)
    ]
    return VerifiedAppeals(len(stored) + len(unreadable), (*unreadable, *problems))


def load_readable(act: Act, ids: Sequence[int]) -> tuple[list[StoredAppeal], list[AppealProblem]]:
    """Load these appeals; one with a value unknown to this release is a problem.

    It is found by bisection, so that the others are still loaded in batches.
    """
    try:
        return load_stored_appeals(act, ids), []
    except (LookupError, ValueError) as error:
        if len(ids) == 1:
            number = act.session.scalar(sa.select(Appeal.number).where(Appeal.id == ids[0]))
            return [], [AppealProblem(ids[0], number or "", f"it cannot be read: {error}")]
    half = len(ids) // 2
    halves = [load_readable(act, part) for part in (ids[:half], ids[half:])]
    return [each for found, _ in halves for each in found], [
        each for _, problems in halves for each in problems
    ]


def verify_range(act: Act, id_range: IdRange) -> VerifiedAppeals:
    """Verify the appeals of one range."""
    return verify_appeals(act, list_ids(act, id_range))


def verify_all_appeals(act: Act) -> Iterator[VerifiedAppeals]:
    """Verify every appeal in this transaction, in batches."""
    return (verify_range(act, each) for each in list_id_ranges(act))
