"""The sweep: warn at yellow, mark and tell at red, escalate at five working days overdue.

Rows are claimed with SKIP LOCKED and marked in the same transaction as their notices, so any
number of sweepers does each thing once; what passed while everything was down is caught up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from appeals.act import Act
from appeals.casework import notices
from appeals.casework.notices import Cause
from appeals.domain.deadlines import PROMISES
from appeals.domain.vocabulary import Audience, Duty, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Round
from appeals.models.tasks import FailedItem

BATCH = 200
_BLAMED = [promise.duty for promise in PROMISES.values() if not promise.window]
_WARNING = [promise.duty for promise in PROMISES.values() if promise.warns]


@dataclass(frozen=True)
class Pass:
    """One kind of passing: which moment, which mark, which duties, telling whom what."""

    moment: InstrumentedAttribute[datetime]
    mark: str
    duties: list[Duty]
    tells: NoticeKind
    to: Callable[[Deadline], Audience]


def _leader(deadline: Deadline) -> Audience:
    return Audience.LEADER if deadline.department else Audience.SUPERVISOR


def _supervisor(deadline: Deadline) -> Audience:
    del deadline
    return Audience.SUPERVISOR


PASSES: tuple[Pass, ...] = (
    Pass(Deadline.warn_at, "warned_at", _WARNING, NoticeKind.WARNED, _leader),
    Pass(Deadline.due_at, "breached_at", _BLAMED, NoticeKind.BREACHED, _leader),
    Pass(Deadline.escalate_at, "escalated_at", _WARNING, NoticeKind.ESCALATED, _supervisor),
)


def sweep(act: Act) -> int:
    """Mark up to one batch of each pass and write their notices; give how many were marked."""
    return sum(1 for passing in PASSES for late in find_late(act, passing) if late.mark(act))


@dataclass(frozen=True)
class Late:
    """A promise whose moment has passed and that is not yet marked."""

    passing: Pass
    deadline: Deadline
    appeal: Appeal

    @property
    def key(self) -> str:
        """Name it for people: the appeal's number, the promise's, and what passed."""
        return f"{self.appeal.number} {self.deadline.n} {self.passing.tells.value}"

    def mark(self, act: Act) -> bool:
        """Mark it and write its notices."""
        deadline, appeal = self.deadline, self.appeal
        setattr(deadline, self.passing.mark, act.now)
        cause = Cause(f"{appeal.id}.d{deadline.n}.{deadline.due_at:%Y%m%d%H%M}", "", deadline)
        notices.write(act, appeal, self.passing.tells, self.passing.to(deadline), cause)
        return True


def find_late(act: Act, passing: Pass) -> list[Late]:
    """Claim up to one batch of what passed, but not what was set aside for now."""
    mark: InstrumentedAttribute[datetime | None] = getattr(Deadline, passing.mark)
    key = sa.func.concat(Appeal.number, " ", Deadline.n, f" {passing.tells.value}")
    found = act.session.execute(
        sa.select(Deadline, Appeal)
        .join(Appeal, Appeal.id == Deadline.appeal_id)
        .join(Round, sa.and_(Round.appeal_id == Deadline.appeal_id, Round.n == Deadline.round_n))
        .where(
            passing.moment < act.now,
            mark.is_(None),
            Deadline.met_at.is_(None),
            Deadline.ended_at.is_(None),
            Deadline.duty.in_(passing.duties),
            _not_answered_in_time(),
            ~FailedItem.is_waiting("sweep", key, act.now),
        )
        .order_by(passing.moment)
        .limit(BATCH)
        .with_for_update(of=Deadline, skip_locked=True)
    )
    return [Late(passing, deadline, appeal) for deadline, appeal in found]


def _not_answered_in_time() -> sa.ColumnElement[bool]:
    """Leave a finish alone whose answer waits for review and was given by due (Rules 1)."""
    return sa.or_(
        Deadline.duty != Duty.FINISH,
        Round.answer_given_at.is_(None),
        Round.answer_given_at > Deadline.due_at,
    )
