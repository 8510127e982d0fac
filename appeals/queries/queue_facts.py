"""The facts that a queue's decision needs, for all appeals of a page in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.states import Action
from appeals.domain.vocabulary import DispatchEnd, Duty
from appeals.models.appeal import Appeal, Move, RoutingReason, Statement
from appeals.models.handling import Deadline, Dispatch, Round
from appeals.models.staff import StaffMember
from appeals.queries.case_file import usable_reason
from appeals.queries.queues import Queue
from appeals.queries.work_list import WorkListPage
from appeals.reference.reference_data import load_reference


@dataclass(frozen=True)
class NamedMove:
    """A recorded move, and the name of its maker if it was a member of staff."""

    move: Move
    name: str | None


@dataclass
class QueueFacts:
    """The facts of one appeal: requests and answers, its dates, and how often it was dispatched.

    `made` has the newest move of each action that the queue shows, the oldest first; `sent` and
    `returned` count its dispatches and those that were returned; `finish` is the promised finish.
    """

    statement: Statement
    reason: RoutingReason | None
    round: Round
    made: list[NamedMove] = field(default_factory=list)
    finish: Deadline | None = None
    sent: int = 0
    returned: int = 0


def load_queue_facts(act: Act, queue: Queue, listed: WorkListPage) -> dict[int, QueueFacts]:
    """Load the facts by the appeal's id."""
    wanted = [line.appeal.id for line in listed.lines]
    city = load_reference(act)
    found = {
        row.Appeal.id: QueueFacts(
            row.Statement, usable_reason(city, row.Appeal, row.RoutingReason), row.Round
        )
        for row in _load_appeals(act, wanted)
    }
    for move, name in _load_newest_moves(act, wanted, queue.shows):
        found[move.appeal_id].made.append(NamedMove(move, name))
    for deadline in _load_finish_deadlines(act, wanted):
        found[deadline.appeal_id].finish = deadline
    for row in _count_dispatches(act, wanted):
        found[row.appeal_id].sent, found[row.appeal_id].returned = row.sent, row.returned
    return found


def _load_appeals(
    act: Act, wanted: list[int]
) -> Sequence[sa.Row[Appeal, Statement, RoutingReason, Round]]:
    newest = sa.and_(Round.appeal_id == Appeal.id, Round.until_at.is_(None))
    return act.session.execute(
        sa.select(Appeal, Statement, RoutingReason, Round)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .outerjoin(RoutingReason, RoutingReason.appeal_id == Appeal.id)
        .join(Round, newest)
        .where(Appeal.id.in_(wanted))
    ).all()


def _load_newest_moves(
    act: Act, wanted: list[int], actions: tuple[Action, ...]
) -> Sequence[sa.Row[Move, str]]:
    """Load the newest move of each action on each appeal, in the order in which they were made."""
    newest = (
        sa.select(Move.appeal_id, sa.func.max(Move.seq).label("seq"))
        .where(Move.appeal_id.in_(wanted), Move.action.in_(actions))
        .group_by(Move.appeal_id, Move.action)
        .subquery()
    )
    its = sa.and_(Move.appeal_id == newest.c.appeal_id, Move.seq == newest.c.seq)
    return act.session.execute(
        sa.select(Move, StaffMember.name)
        .join(newest, its)
        .outerjoin(StaffMember, StaffMember.id == Move.staff_id)
        .order_by(Move.appeal_id, Move.seq)
    ).all()


def _load_finish_deadlines(act: Act, wanted: list[int]) -> Sequence[Deadline]:
    return act.session.scalars(
        sa.select(Deadline)
        .where(Deadline.appeal_id.in_(wanted), Deadline.duty == Duty.FINISH)
        .order_by(Deadline.appeal_id, Deadline.n)
    ).all()


def _count_dispatches(act: Act, wanted: list[int]) -> Sequence[sa.Row[int, int, int]]:
    returned = sa.func.count().filter(Dispatch.how_ended == DispatchEnd.RETURNED)
    return act.session.execute(
        sa.select(Dispatch.appeal_id, sa.func.count().label("sent"), returned.label("returned"))
        .where(Dispatch.appeal_id.in_(wanted))
        .group_by(Dispatch.appeal_id)
    ).all()
