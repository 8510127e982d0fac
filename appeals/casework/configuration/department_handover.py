"""Open cases of departments that ended: their successors take them over, case by case.

Each is a move of the system in a transaction that locks the appeal, so an answer that is being
written at that moment comes either before it or after it. What waits for the centre (a return that
was asked, an answer in review) stays until the centre has decided, and is handed over if it comes
back.
"""

from collections.abc import Callable, Mapping
from functools import partial

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.handling.moves import make_move
from appeals.domain.calendar import city_day
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import WITH_DEPARTMENT, Action
from appeals.models.appeal import Appeal
from appeals.models.tasks import FailedItem
from appeals.reference.reference_data import load_reference

TASK = "hand_over"
BATCH_SIZE = 50
Jobs = Mapping[str, Callable[[], object]]


def _run_jobs(jobs: Jobs) -> int:
    for hand_over in jobs.values():
        hand_over()
    return len(jobs)


def hand_over_cases(act: Act, do: Callable[[Jobs], int] = _run_jobs) -> int:
    """Hand over up to one batch of open cases of ended departments; return how many were tried.

    Args:
        act: The system's; its day decides which departments have ended.
        do: Runs the jobs by appeal number; the worker passes one that sets failures aside.
    """
    city = load_reference(act)
    successors = city.successors_on(city_day(act.now))
    if not successors or not city.book.holds(RuleChange.HAND_OVER, act.now):
        return 0
    found = act.session.scalars(
        sa.select(Appeal)
        .where(
            Appeal.holder.in_(successors),
            Appeal.state.in_(WITH_DEPARTMENT),
            ~FailedItem.is_waiting(TASK, sa.cast(Appeal.number, sa.Text), act.now),
        )
        .order_by(Appeal.id)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    )
    return do(
        {
            appeal.number: partial(_hand_over, act, appeal, successors[appeal.holder])
            for appeal in found
            if appeal.holder is not None
        }
    )


def _hand_over(act: Act, appeal: Appeal, successor: str) -> None:
    make_move(act, appeal, Action.HAND_OVER, {"department": successor})
