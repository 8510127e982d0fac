"""The sweep: warn at yellow, mark and tell at red, escalate at five working days overdue.

Rows are claimed with SKIP LOCKED and marked in the same transaction as their notices, so any
number of sweepers does each thing once; what passed while everything was down is caught up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from appeals.act import Act
from appeals.casework.handling import notices
from appeals.casework.handling.notices import NoticeCause
from appeals.domain.clocks import whole_second
from appeals.domain.deadlines import DUTY_RULES
from appeals.domain.vocabulary import Audience, Duty, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Round
from appeals.models.tasks import FailedItem

BATCH_SIZE = 200
TASK = "sweep"
"""The task under whose name `failed_item` keeps the promises that could not be marked."""
Jobs = Mapping[str, Callable[[], object]]
_BREACHABLE_DUTIES = [promise.duty for promise in DUTY_RULES.values() if not promise.window]
_WARNED_DUTIES = [promise.duty for promise in DUTY_RULES.values() if promise.warns]


@dataclass(frozen=True)
class SweepPass:
    """One kind of passing: which moment, which mark, which duties, telling whom what."""

    moment: InstrumentedAttribute[datetime]
    mark: str
    duties: list[Duty]
    tells: NoticeKind
    to: Callable[[Deadline], Audience]


def _leader_or_supervisor(deadline: Deadline) -> Audience:
    return Audience.LEADER if deadline.department else Audience.SUPERVISOR


def _supervisor(deadline: Deadline) -> Audience:
    del deadline
    return Audience.SUPERVISOR


PASSES: tuple[SweepPass, ...] = (
    SweepPass(
        Deadline.warn_at, "warned_at", _WARNED_DUTIES, NoticeKind.WARNED, _leader_or_supervisor
    ),
    SweepPass(
        Deadline.due_at,
        "breached_at",
        _BREACHABLE_DUTIES,
        NoticeKind.BREACHED,
        _leader_or_supervisor,
    ),
    SweepPass(
        Deadline.escalate_at, "escalated_at", _WARNED_DUTIES, NoticeKind.ESCALATED, _supervisor
    ),
)


def _mark_each(jobs: Jobs) -> int:
    for mark in jobs.values():
        mark()
    return len(jobs)


def sweep_deadlines(act: Act, do: Callable[[Jobs], int] = _mark_each) -> int:
    """Mark up to one batch of each pass and write their notices; return how many there were.

    Args:
        act: Whose now decides what is late.
        do: Does the marking of a pass, by its promises' keys; the worker's sets aside what fails.
    """
    return sum(
        do({late.key: partial(late.mark, act) for late in claim_late_deadlines(act, passing)})
        for passing in PASSES
    )


@dataclass(frozen=True)
class LateDeadline:
    """A promise whose moment has passed and that is not yet marked."""

    passing: SweepPass
    deadline: Deadline
    appeal: Appeal

    @property
    def key(self) -> str:
        """Name it for people: the appeal's number, the promise's, and what passed."""
        return f"{self.appeal.number} {self.deadline.n} {self.passing.tells.value}"

    def mark(self, act: Act) -> None:
        """Mark it and write its notices."""
        deadline, appeal = self.deadline, self.appeal
        setattr(deadline, self.passing.mark, act.now)
        cause = NoticeCause(f"{appeal.id}.d{deadline.n}.{deadline.due_at:%Y%m%d%H%M}", "", deadline)
        notices.write_notices(act, appeal, self.passing.tells, self.passing.to(deadline), cause)


def claim_late_deadlines(act: Act, passing: SweepPass) -> list[LateDeadline]:
    """Claim up to one batch of what passed, but not what was set aside for now."""
    found = act.session.execute(
        sa.select(Deadline, Appeal)
        .join(Appeal, Appeal.id == Deadline.appeal_id)
        .join(Round, sa.and_(Round.appeal_id == Deadline.appeal_id, Round.n == Deadline.round_n))
        .where(
            passing.moment < whole_second(act.now),
            _is_to_be_marked(passing),
            _not_answered_in_time(),
            ~FailedItem.is_waiting(TASK, _key_expression(passing), act.now),
        )
        .order_by(passing.moment)
        .limit(BATCH_SIZE)
        .with_for_update(of=Deadline, skip_locked=True)
    )
    return [LateDeadline(passing, deadline, appeal) for deadline, appeal in found]


def delete_settled_failures(act: Act) -> int:
    """Forget promises that were set aside and need no mark any more; return how many.

    They were met, ended or withdrawn meanwhile, so the sweep never tries them again.
    """
    to_be_marked = (
        sa.exists()
        .where(
            Appeal.number == sa.func.split_part(FailedItem.key, " ", 1),
            Deadline.appeal_id == Appeal.id,
            FailedItem.key == _key_expression(passing),
            _is_to_be_marked(passing),
        )
        .correlate(FailedItem)
        for passing in PASSES
    )
    settled = sa.delete(FailedItem).where(FailedItem.task == TASK, ~sa.or_(*to_be_marked))
    return len(act.session.scalars(settled.returning(FailedItem.key)).all())


def _key_expression(passing: SweepPass) -> sa.ColumnElement[str]:
    """Return `Late.key` in SQL."""
    return sa.func.concat(Appeal.number, " ", Deadline.n, f" {passing.tells.value}")


def _is_to_be_marked(passing: SweepPass) -> sa.ColumnElement[bool]:
    mark: InstrumentedAttribute[datetime | None] = getattr(Deadline, passing.mark)
    return sa.and_(
        mark.is_(None),
        Deadline.met_at.is_(None),
        Deadline.ended_at.is_(None),
        Deadline.duty.in_(passing.duties),
    )


def _not_answered_in_time() -> sa.ColumnElement[bool]:
    """Leave a finish alone whose answer waits for review and was given by due (Rules 1)."""
    return sa.or_(
        Deadline.duty != Duty.FINISH,
        Round.answer_given_at.is_(None),
        sa.func.date_trunc("second", Round.answer_given_at) > Deadline.due_at,
    )
