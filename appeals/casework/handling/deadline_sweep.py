"""The deadline sweep: notifies at yellow, at red, and at five working days overdue.

Rows are claimed with SKIP LOCKED and stamped in the transaction of their notices, so that any
number of workers does each once. What became due during an outage is caught up.
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
from appeals.models.handling import Deadline
from appeals.models.lateness import PROMISES, is_answered_in_time
from appeals.models.tasks import FailedItem

BATCH_SIZE = 200
TASK = "sweep"
"""The task name under which `failed_item` stores deadlines that could not be processed."""
Jobs = Mapping[str, Callable[[], object]]
_WARNED_DUTIES = [promise.duty for promise in DUTY_RULES.values() if promise.warns]


@dataclass(frozen=True)
class SweepPass:
    """One pass of the sweep: the moment, the stamp, the duties, the notice and its audience."""

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
        list(PROMISES),
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
    """Process up to one batch of each pass; return how many deadlines there were.

    Args:
        act: Its `now` decides what is late.
        do: Runs the jobs of a pass, by their keys; the worker passes one that sets failures aside.
    """
    return sum(
        do({late.key: partial(late.mark, act) for late in claim_late_deadlines(act, passing)})
        for passing in PASSES
    )


@dataclass(frozen=True)
class LateDeadline:
    """A deadline whose moment has passed and that is not stamped yet."""

    passing: SweepPass
    deadline: Deadline
    appeal: Appeal

    @property
    def key(self) -> str:
        """A readable key: the appeal's number, the deadline's number, and the kind of notice."""
        return f"{self.appeal.number} {self.deadline.n} {self.passing.tells.value}"

    def mark(self, act: Act) -> None:
        """Stamp the deadline and write its notices."""
        deadline, appeal = self.deadline, self.appeal
        setattr(deadline, self.passing.mark, act.now)
        name = f"{appeal.id}.d{deadline.n}.{deadline.due_at:%Y%m%d%H%M}"
        cause = NoticeCause(name, "", deadline, wording=deadline.duty.value)
        notices.write_notices(act, appeal, self.passing.tells, self.passing.to(deadline), cause)


def claim_late_deadlines(act: Act, passing: SweepPass) -> list[LateDeadline]:
    """Lock and return up to one batch of late deadlines, without those that are set aside."""
    found = act.session.execute(
        sa.select(Deadline, Appeal)
        .join(Appeal, Appeal.id == Deadline.appeal_id)
        .where(
            passing.moment < whole_second(act.now),
            _is_to_be_marked(passing),
            ~is_answered_in_time(),
            ~FailedItem.is_waiting(TASK, _key_expression(passing), act.now),
        )
        .order_by(passing.moment)
        .limit(BATCH_SIZE)
        .with_for_update(of=Deadline, skip_locked=True)
    )
    return [LateDeadline(passing, deadline, appeal) for deadline, appeal in found]


def delete_settled_failures(act: Act) -> int:
    """Delete set-aside items whose deadlines need no stamp any more; return how many.

    They were met, ended or withdrawn meanwhile, so the sweep would never try them again.
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
    """Return `LateDeadline.key` as an SQL expression."""
    return sa.func.concat(Appeal.number, " ", Deadline.n, f" {passing.tells.value}")


def _is_to_be_marked(passing: SweepPass) -> sa.ColumnElement[bool]:
    mark: InstrumentedAttribute[datetime | None] = getattr(Deadline, passing.mark)
    return sa.and_(
        mark.is_(None),
        Deadline.is_running(),
        Deadline.duty.in_(passing.duties),
    )
