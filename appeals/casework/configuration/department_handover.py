"""Open cases of departments that ended: their successors take them over, case by case.

Each is a move of the system in a transaction that locks the appeal, so an answer that is being
written at that moment comes either before it or after it. What waits for the centre (a return that
was asked, an answer in review) stays until the centre has decided, and is handed over if it comes
back. The leaders of the successor are told once a day from which department how many cases come.
"""

from collections.abc import Callable, Mapping
from functools import partial

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts.staff_notices import StaffNotice, notify_staff
from appeals.casework.handling.moves import make_move
from appeals.domain.calendar import city_day
from appeals.domain.people import Role
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import WITH_DEPARTMENT, Action
from appeals.domain.vocabulary import NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.staff import StaffMember
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
    waiting = (
        Appeal.holder.in_(successors),
        Appeal.state.in_(WITH_DEPARTMENT),
        ~FailedItem.is_waiting(TASK, sa.cast(Appeal.number, sa.Text), act.now),
    )
    found = act.session.scalars(
        sa.select(Appeal)
        .where(*waiting)
        .order_by(Appeal.id)
        .limit(BATCH_SIZE)
        .with_for_update(skip_locked=True)
    ).all()
    if not found:
        return 0
    counts = sa.select(Appeal.holder, sa.func.count()).where(*waiting).group_by(Appeal.holder)
    notices = {
        ended: partial(_notify_leaders, act, ended, successors[ended], count)
        for ended, count in act.session.execute(counts)
        if ended is not None
    }
    tried = do(
        {
            appeal.number: partial(_hand_over, act, appeal, successors[appeal.holder])
            for appeal in found
            if appeal.holder is not None
        }
    )
    do(notices)
    return tried


def _notify_leaders(act: Act, ended: str, successor: str, count: int) -> None:
    """Tell the leaders of the successor how many cases come; once a day from each department."""
    leaders = act.session.scalars(
        sa.select(StaffMember)
        .where(
            StaffMember.department_code == successor,
            StaffMember.role == Role.LEADER,
            StaffMember.disabled_at.is_(None),
        )
        .order_by(StaffMember.id)
    ).all()
    notify_staff(
        act,
        leaders,
        StaffNotice(
            NoticeKind.ASSIGNED_WORK,
            f"{TASK}.{ended}.{city_day(act.now).isoformat()}",
            wording=TASK,
            path="/desk/",
            words={
                "department": load_reference(act).departments[ended],
                "count": str(count),
            },
        ),
    )


def _hand_over(act: Act, appeal: Appeal, successor: str) -> None:
    make_move(act, appeal, Action.HAND_OVER, {"department": successor})
