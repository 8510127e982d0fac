"""The facts that a queue's decision needs, for all appeals of a page in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.case import RoundFacts
from appeals.domain.clocks import extend_due
from appeals.domain.states import Action
from appeals.domain.vocabulary import DispatchEnd, Duty
from appeals.models.appeal import Appeal, Move, RoutingReason, Statement
from appeals.models.handling import Deadline, Dispatch, Round
from appeals.models.staff import StaffMember
from appeals.queries.case_file import usable_reason
from appeals.queries.queues import Queue
from appeals.queries.work_list import WorkListPage
from appeals.reference.reference_data import Reference, load_reference


@dataclass(frozen=True)
class NamedMove:
    """A recorded move, and the name of its maker if it was a member of staff."""

    move: Move
    name: str | None


@dataclass
class QueueFacts:
    """The facts of one appeal: requests and answers, its dates, and how often it was dispatched.

    `made` has the newest move of each action that the queue shows, the oldest first; `sent` and
    `returned` count its dispatches and those that were returned; `finish` is the promised finish,
    `extended_to` the moment that it would be if the extension asked for is granted.
    """

    statement: Statement
    reason: RoutingReason | None
    round: Round
    made: list[NamedMove] = field(default_factory=list)
    finish: Deadline | None = None
    extended_to: datetime | None = None
    sent: int = 0
    returned: int = 0


def load_queue_facts(act: Act, queue: Queue, listed: WorkListPage) -> dict[int, QueueFacts]:
    """Load the facts by the appeal's id."""
    wanted = [line.appeal.id for line in listed.lines]
    city = load_reference(act)
    found = {
        row.Appeal.id: QueueFacts(
            row.Statement,
            usable_reason(city, row.Appeal, row.RoutingReason),
            row.Round,
            sent=row.sent,
            returned=row.returned,
        )
        for row in _load_appeals(act, wanted)
    }
    if not queue.shows:
        return found
    for move, name in _load_newest_moves(act, wanted, queue.shows):
        found[move.appeal_id].made.append(NamedMove(move, name))
    for deadline in _load_finish_deadlines(act, wanted):
        fact = found[deadline.appeal_id]
        fact.finish = deadline
        fact.extended_to = pending_extension(city, fact.round, deadline.due_at)
    return found


def pending_extension(
    city: Reference, asked: Round | RoundFacts, due_at: datetime
) -> datetime | None:
    """Return the finish that an extension asked for would give; None if none awaits a decision."""
    decided = asked.extension_granted_at or asked.extension_refused_at or asked.closed_at
    if asked.extension_asked_at is None or decided is not None:
        return None
    return extend_due(city.book.calendar, due_at, asked.extension_days or 0)


def _load_appeals(
    act: Act, wanted: list[int]
) -> Sequence[sa.Row[Appeal, Statement, RoutingReason, Round, int, int]]:
    newest = sa.and_(Round.appeal_id == Appeal.id, Round.until_at.is_(None))
    # the row that continues a handed-over dispatch counts in its place
    once = Dispatch.how_ended.is_distinct_from(DispatchEnd.HANDED_OVER)
    sent = sa.select(sa.func.count()).where(Dispatch.appeal_id == Appeal.id, once)
    returned = sent.where(Dispatch.how_ended == DispatchEnd.RETURNED)
    return act.session.execute(
        sa.select(
            Appeal,
            Statement,
            RoutingReason,
            Round,
            sent.scalar_subquery().label("sent"),
            returned.scalar_subquery().label("returned"),
        )
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
