"""The nightly verification: what changed since the last finished run, and a thirtieth of the rest.

A run works in batches, each in its own transaction, and stores its position in a row: a worker
that is killed or out of time loses one batch, and the next one continues from there. After thirty
runs every appeal was verified, whether it changed or not.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.integrity.verification import (
    BATCH_SIZE,
    AppealProblem,
    VerifiedAppeals,
    verify_appeals,
)
from appeals.models.appeal import Appeal, Move
from appeals.models.integrity import NightlyVerification, UnverifiedAppeal

PARTS = 30
"""Appeals are split into this many parts by id; each run verifies one, even if unchanged."""
BETWEEN_RUNS = timedelta(hours=12)
"""Least time between the beginnings of two runs: one run a night."""
OVERLAP = timedelta(minutes=10)
"""Longest delay between a move's timestamp and its commit becoming visible."""
MAX_LOCKED_APPEALS = 50
"""Most suspicious appeals locked at once, so that nobody waits long to make a move."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
INITIAL_RUN = {
    "id": 1,
    "part": 0,
    "began_at": LONG_AGO,
    "finished_at": LONG_AGO,
    "position": 0,
    "verified": 0,
    "changed_since": LONG_AGO,
    "known_up_to": 0,
}
"""The row before the first run, which verifies every appeal."""


def verify_next_batch(act: Act, size: int = BATCH_SIZE) -> VerifiedAppeals | None:
    """Verify the next batch of tonight's run; None if it is finished or another worker runs it.

    The run's single row is locked until the transaction ends, so a second worker skips it.
    """
    run = _claim_run(act)
    if run is None:
        return None
    if run.finished_at is not None:
        if abs(act.now - run.began_at) < BETWEEN_RUNS:
            return None
        _begin_run(run, act.now)
    ids = act.session.scalars(_select_next_ids(run).limit(size)).all()
    checked = _verify_twice(act, ids)
    _record_problems(act, ids, checked.problems)
    if ids:
        run.position, run.verified = ids[-1], run.verified + len(ids)
    if len(ids) < size:
        run.finished_at = act.now
        run.changed_since = run.began_at - OVERLAP
        run.known_up_to = act.session.scalar(sa.select(sa.func.max(Appeal.id))) or 0
    return checked


def _claim_run(act: Act) -> NightlyVerification | None:
    """Lock the run's row, created the first time; None while another worker has it locked."""
    if act.session.scalar(sa.select(NightlyVerification.id)) is None:
        act.session.execute(
            insert(NightlyVerification).values(INITIAL_RUN).on_conflict_do_nothing()
        )
    return act.session.scalar(sa.select(NightlyVerification).with_for_update(skip_locked=True))


def _begin_run(run: NightlyVerification, now: datetime) -> None:
    if run.began_at > now:  # the clock jumped: what the last run saw is unknown
        run.known_up_to = 0
    run.part = (run.part + 1) % PARTS
    run.began_at, run.finished_at = now, None
    run.position = run.verified = 0


def _select_next_ids(run: NightlyVerification) -> "sa.Select[int]":
    """Select appeals after the position that changed, failed before, or are in tonight's part."""
    turn = [
        Appeal.id % PARTS == run.part,
        Appeal.id > run.known_up_to,
        Appeal.id.in_(sa.select(UnverifiedAppeal.appeal_id)),
        Appeal.id.in_(sa.select(Move.appeal_id).where(Move.at >= run.changed_since)),
    ]
    return sa.select(Appeal.id).where(Appeal.id > run.position, sa.or_(*turn)).order_by(Appeal.id)


def _verify_twice(act: Act, ids: Sequence[int]) -> VerifiedAppeals:
    """Verify the appeals; verify those that fail once more with their rows locked.

    A move made between two of our queries makes an appeal look wrong; while the appeal is locked
    nobody can make one.
    """
    checked = verify_appeals(act, ids)
    suspects = sorted({problem.appeal_id for problem in checked.problems})
    groups = [
        suspects[n : n + MAX_LOCKED_APPEALS] for n in range(0, len(suspects), MAX_LOCKED_APPEALS)
    ]
    problems = [problem for group in groups for problem in _verify_locked(act, group)]
    return VerifiedAppeals(checked.count, tuple(problems))


def _verify_locked(act: Act, ids: Sequence[int]) -> Sequence[AppealProblem]:
    """Verify the appeals with their rows locked; rolling back the savepoint unlocks them."""
    lock = sa.select(Appeal.id).where(Appeal.id.in_(ids)).order_by(Appeal.id)
    with act.session.begin_nested() as savepoint:
        act.session.execute(lock.with_for_update())
        problems = verify_appeals(act, ids).problems
        savepoint.rollback()
    return problems


def _record_problems(act: Act, ids: Collection[int], problems: Collection[AppealProblem]) -> None:
    """Store failed appeals with their first problem; delete the entries of those that verify."""
    wrong = {problem.appeal_id: problem.sentence for problem in reversed([*problems])}
    holds = UnverifiedAppeal.appeal_id.in_(set(ids) - wrong.keys())
    act.session.execute(sa.delete(UnverifiedAppeal).where(holds))
    if wrong:  # one statement: the appeals' rows stay locked until the transaction ends
        rows = [
            {"appeal_id": appeal_id, "found_at": act.now, "problem": sentence}
            for appeal_id, sentence in wrong.items()
        ]
        new = insert(UnverifiedAppeal)
        again = {"problem": new.excluded.problem}
        act.session.execute(
            new.on_conflict_do_update(index_elements=["appeal_id"], set_=again), rows
        )
