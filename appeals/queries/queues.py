"""The centre's queues: what waits for which role, the longest waiting or the first due on top.

A queue is a running duty of the centre, or a request that nobody has decided; each is scanned by
an index of its own. A new queue is one entry of `QUEUES`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.cases.access import not_restricted_for, sees_every_appeal, visible_to
from appeals.domain.lifecycle import MOVES
from appeals.domain.messages import Labelled
from appeals.domain.people import Role, lowest_role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Duty, Term
from appeals.models.appeal import Appeal, Statement
from appeals.models.handling import Deadline, Round
from appeals.queries.filters import card_of, follow_up_waits
from appeals.queries.work_list import (
    DUE_AT,
    NO_PROMISE,
    PAGE_ROWS,
    ListOrder,
    WorkListPage,
    WorkListQueries,
    WorkListQuery,
    load_page,
    select_undated,
)

PROMISE: tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]] = (
    sa.type_coerce(Deadline.duty, sa.Text).label("promised_duty"),
    DUE_AT.label("promised_at"),
)
"""The columns of the promise that makes a queue's line red."""
DECISION_PAGE_ROWS = 20
"""Appeals on one page where each is shown with all that its decision needs."""

Where = sa.ColumnElement[bool]


@dataclass(frozen=True)
class WaitingRows:
    """The rows that wait: promises or rounds of some kind, of appeals in a state or in any.

    `still` is the condition that they wait at the act's moment, where waiting ends by time alone;
    `undated` is the state in which an imported appeal waits though no promise of the duty runs.
    """

    of: type[Deadline | Round]
    where: tuple[Where, ...]
    state: State | None = None
    still: Callable[[Act], Where] | None = None
    undated: tuple[State, Duty] | None = None

    def undated_rows(self, act: Act) -> WorkListQuery | None:
        """Return the query of imported appeals that wait undated; None if there can be none."""
        if self.undated is None:
            return None
        state, duty = self.undated
        return select_undated(act, duty).where(Appeal.state == state)

    def conditions(self, act: Act) -> tuple[Where, ...]:
        """Return the conditions of the rows that wait at the act's moment."""
        return self.where if self.still is None else (*self.where, self.still(act))

    def among(self, act: Act, chosen: WorkListQuery) -> WorkListQuery:
        """Join the chosen appeals to the rows that wait, which leaves out the others."""
        found = chosen.join(self.of, self.of.appeal_id == Appeal.id).where(*self.conditions(act))
        return found if self.state is None else found.where(Appeal.state == self.state)


class QueueName(Term):
    """The names of the queues, as they stand in addresses."""

    ACCEPT = "accept", "New, to accept"
    TRAY = "tray", "To dispatch"
    RETURNS = "returns", "Returns asked"
    EXTENSIONS = "extensions", "Extensions asked"
    REHANDLING = "rehandling", "Re-handling asked"
    REVIEW = "review", "Answers to review"
    FOLLOW_UP = "follow-up", "To follow up"


@dataclass(frozen=True)
class Queue(Labelled):
    """One queue: its name, the move that empties it, and its rows.

    `at` is its sort key: the moment by which it is due, or, where `timed` is false, the moment
    since which it waits. `or_else` are the other moves that take an appeal out of it, `shows`
    those whose words and choices the decision is based on.
    """

    name: QueueName
    action: Action
    at: sa.ColumnElement[datetime]
    waits: WaitingRows
    timed: bool = True
    shows: tuple[Action, ...] = ()
    or_else: tuple[Action, ...] = ()

    @property
    def decides(self) -> tuple[Action, ...]:
        """Return the moves that are made in the queue."""
        return (self.action, *self.or_else)

    @property
    def by(self) -> frozenset[Role]:
        """Return the roles that work on the queue: those who may make its move."""
        return next(move.by for move in MOVES if move.action is self.action)

    def label(self, language: str) -> str:
        """Return the label in `language`."""
        return self.name.label(language)


def _waiting_for_duty(
    duty: Duty, state: State | None = None, *, undated: State | None = None
) -> WaitingRows:
    """Return the rows with a running duty; undated appeals wait in the state `undated`."""
    running = (Deadline.duty == duty, Deadline.is_running())
    return WaitingRows(Deadline, running, state, undated=(undated, duty) if undated else None)


def _waiting_for_return_decision() -> WaitingRows:
    """Return the rows of returns that were asked, by the promise to decide them.

    A return that was asked before the centre promised to decide it (`RuleChange.RETURN_DECISION`),
    and an imported one, waits by its finish.
    """
    promise = aliased(Deadline)
    promised = sa.exists().where(
        promise.appeal_id == Deadline.appeal_id,
        promise.duty == Duty.RETURN_DECISION,
        promise.is_running(),
    )
    by_finish = sa.and_(Deadline.duty == Duty.FINISH, ~promised)
    where = (sa.or_(Deadline.duty == Duty.RETURN_DECISION, by_finish), Deadline.is_running())
    state = State.RETURN_ASKED
    return WaitingRows(Deadline, where, state, undated=(state, Duty.FINISH))


_extension_pending = (
    Round.extension_asked_at.is_not(None),
    Round.extension_granted_at.is_(None),
    Round.extension_refused_at.is_(None),
    Round.closed_at.is_(None),
)
_rehandling_pending = (
    Round.rehandling_asked_at.is_not(None),
    Round.rehandling_refused_at.is_(None),
    Round.until_at.is_(None),
)
_asked_extension = sa.type_coerce(Round.extension_asked_at, sa.DateTime(timezone=True))
_asked_rehandling = sa.type_coerce(Round.rehandling_asked_at, sa.DateTime(timezone=True))

QUEUES: dict[QueueName, Queue] = {
    queue.name: queue
    for queue in (
        Queue(
            QueueName.ACCEPT, Action.ACCEPT, DUE_AT,
            _waiting_for_duty(Duty.DISPATCH, State.FILED, undated=State.FILED),
        ),
        Queue(
            QueueName.TRAY, Action.DISPATCH, DUE_AT,
            _waiting_for_duty(Duty.DISPATCH, State.ACCEPTED, undated=State.ACCEPTED),
        ),
        Queue(
            QueueName.RETURNS, Action.GRANT_RETURN, DUE_AT,
            _waiting_for_return_decision(),
            shows=(Action.ASK_RETURN,), or_else=(Action.REFUSE_RETURN,),
        ),
        Queue(
            QueueName.EXTENSIONS, Action.GRANT_EXTENSION,
            _asked_extension, WaitingRows(Round, _extension_pending), timed=False,
            shows=(Action.ASK_EXTENSION,), or_else=(Action.REFUSE_EXTENSION,),
        ),
        Queue(
            QueueName.REHANDLING, Action.REHANDLE,
            _asked_rehandling, WaitingRows(Round, _rehandling_pending), timed=False,
            shows=(Action.ANSWER, Action.FOLLOW_UP, Action.SAY_NOT_SOLVED),
            or_else=(Action.REFUSE_REHANDLING,),
        ),
        Queue(
            QueueName.REVIEW, Action.CLOSE, DUE_AT,
            _waiting_for_duty(Duty.REVIEW, undated=State.ANSWERED),
            shows=(Action.SEND_BACK, Action.ANSWER), or_else=(Action.SEND_BACK,),
        ),
        Queue(
            QueueName.FOLLOW_UP, Action.FOLLOW_UP, DUE_AT,
            replace(_waiting_for_duty(Duty.FOLLOW_UP), still=follow_up_waits),
            shows=(Action.ANSWER, Action.FOLLOW_UP),
        ),
    )
}  # fmt: skip


def find_queue(name: str) -> Queue | None:
    """Return the queue that an address or a form names; None if there is none of that name."""
    return next((queue for queue in QUEUES.values() if queue.name == name), None)


def opening_queue(role: Role) -> Queue:
    """Return the first queue shown to a role: the first that no lower role works on."""
    own = (queue for queue in QUEUES.values() if role is lowest_role(queue.by))
    return next(own, QUEUES[QueueName.ACCEPT])


def load_queue_page(act: Act, queue: Queue, after: str | None = None) -> WorkListPage:
    """Load one page of a queue."""
    card = card_of(act) if queue.timed else sa.literal(Card.GREEN.value)
    duty, due_at = PROMISE if queue.timed else NO_PROMISE
    chosen = sa.select(Appeal, Statement.subject, queue.at, card, duty, due_at).select_from(Appeal)
    rows = queue.waits.among(act, chosen.join(Statement, Statement.appeal_id == Appeal.id))
    most = DECISION_PAGE_ROWS if queue.shows else PAGE_ROWS
    undated = queue.waits.undated_rows(act)
    seen = rows.where(visible_to(act.actor))
    return load_page(act, WorkListQueries(seen, undated), ListOrder(queue.at), after, most)


def find_first(act: Act, queue: Queue) -> str | None:
    """Return the number of the appeal that is first in a queue; None if the queue is empty."""
    lines = load_queue_page(act, queue).lines
    return lines[0].appeal.number if lines else None


def find_next(act: Act, queue: Queue, appeal: Appeal) -> str | None:
    """Return the number of the appeal after this one in a queue's first page, else of its first.

    A follow-up that nobody answered stays in the queue: the next one is then shown all the same.
    """
    numbers = [line.appeal.number for line in load_queue_page(act, queue).lines]
    others = [number for number in numbers if number != appeal.number]
    if appeal.number in numbers[:-1]:
        return numbers[numbers.index(appeal.number) + 1]
    return others[0] if others else None


def count_queues(act: Act) -> dict[QueueName, int]:
    """Count every queue, in one statement."""
    counted = [_queue_size(act, queue).label(name) for name, queue in QUEUES.items()]
    row = act.session.execute(sa.select(*counted)).one()
    return dict(zip(QUEUES, map(int, row), strict=True))


def _queue_size(act: Act, queue: Queue) -> sa.ColumnElement[int]:
    """Count a queue, including what waits in it without a date."""
    undated = queue.waits.undated_rows(act)
    if undated is None:
        return _dated_queue_size(act, queue)
    return (
        _dated_queue_size(act, queue) + undated.with_only_columns(sa.func.count()).scalar_subquery()
    )


def _dated_queue_size(act: Act, queue: Queue) -> sa.ScalarSelect[int]:
    """Count a queue; if the actor sees every appeal, `Appeal` is joined only to check a state."""
    waits, seen = queue.waits, visible_to(act.actor)
    if waits.state is None and sees_every_appeal(act.actor):
        rows = sa.select(sa.func.count()).select_from(waits.of).where(*waits.conditions(act))
        return rows.where(not_restricted_for(act.actor, waits.of.appeal_id)).scalar_subquery()
    blank = sa.literal("")
    chosen = sa.select(Appeal, blank, queue.at, blank, *NO_PROMISE).select_from(Appeal)
    waiting = waits.among(act, chosen)
    return waiting.where(seen).with_only_columns(sa.func.count()).scalar_subquery()
