"""The centre's queues: what waits for whom, the longest waiting or the first due on top.

A queue is a running duty of the centre, or something asked that nobody has decided; each walks
an index of its own. A new queue is one entry of `QUEUES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.access import visible_to
from appeals.act import Act
from appeals.domain.lifecycle import MOVES
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Card, Duty
from appeals.models.appeal import Appeal, Statement
from appeals.models.handling import Deadline, Round
from appeals.queries.filters import card_of
from appeals.queries.search import DUE, PAGE, Listed, Order, Rows, page_of

DECIDED_AT_ONCE = 20
"""Appeals of one page where each stands with all that its decision needs."""

Where = sa.ColumnElement[bool]
Source = Callable[[Rows], Rows]


@dataclass(frozen=True)
class Queue:
    """One queue: its name and labels, the move that empties it, and its rows.

    `at` is what it is sorted by: the moment by which it is due, or, where `timed` is false, the
    moment since when it waits. `or_else` are the other moves that take an appeal out of
    it, `shows` those whose words and choices the decision rests on.
    """

    name: str
    zh: str
    en: str
    action: Action
    at: sa.ColumnElement[datetime]
    rows: Source
    timed: bool = True
    shows: tuple[Action, ...] = ()
    or_else: tuple[Action, ...] = ()

    @property
    def decides(self) -> tuple[Action, ...]:
        """Give the moves that are made in the queue."""
        return (self.action, *self.or_else)

    @property
    def by(self) -> frozenset[Role]:
        """Give the roles whose work the queue is: those who make its move."""
        return next(move.by for move in MOVES if move.action is self.action)

    def label(self, language: str) -> str:
        """Give the label in `language`."""
        return self.zh if language.startswith("zh") else self.en


def _duty(duty: Duty, *also: Where) -> Source:
    def rows(chosen: Rows) -> Rows:
        return chosen.join(Deadline, Deadline.appeal_id == Appeal.id).where(
            Deadline.duty == duty, Deadline.met_at.is_(None), Deadline.ended_at.is_(None), *also
        )

    return rows


def _round(*also: Where) -> Source:
    def rows(chosen: Rows) -> Rows:
        return chosen.join(Round, Round.appeal_id == Appeal.id).where(*also)

    return rows


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

QUEUES: dict[str, Queue] = {
    queue.name: queue
    for queue in (
        Queue(
            "accept", "待受理", "New, to accept", Action.ACCEPT, DUE,
            _duty(Duty.DISPATCH, Appeal.state == State.FILED),
        ),
        Queue(
            "tray", "待派单", "To dispatch", Action.DISPATCH, DUE,
            _duty(Duty.DISPATCH, Appeal.state == State.ACCEPTED),
        ),
        Queue(
            "returns", "退单申请", "Returns asked", Action.GRANT_RETURN, DUE,
            _duty(Duty.FINISH, Appeal.state == State.RETURN_ASKED),
            shows=(Action.ASK_RETURN,), or_else=(Action.REFUSE_RETURN,),
        ),
        Queue(
            "extensions", "延期申请", "Extensions asked", Action.GRANT_EXTENSION,
            _asked_extension, _round(*_extension_pending), timed=False,
            shows=(Action.ASK_EXTENSION,), or_else=(Action.REFUSE_EXTENSION,),
        ),
        Queue(
            "rehandling", "重办申请", "Re-handling asked", Action.REHANDLE,
            _asked_rehandling, _round(*_rehandling_pending), timed=False,
            shows=(Action.ANSWER, Action.FOLLOW_UP, Action.SAY_NOT_SOLVED),
            or_else=(Action.REFUSE_REHANDLING,),
        ),
        Queue(
            "review", "待审核答复", "Answers to review", Action.CLOSE, DUE, _duty(Duty.REVIEW),
            shows=(Action.SEND_BACK, Action.ANSWER), or_else=(Action.SEND_BACK,),
        ),
        Queue(
            "follow-up", "待回访", "To follow up", Action.FOLLOW_UP, DUE, _duty(Duty.FOLLOW_UP),
            shows=(Action.ANSWER, Action.FOLLOW_UP),
        ),
    )
}  # fmt: skip


def first_for(role: Role) -> Queue:
    """Give the queue that a person of the role opens on: the first that is their own work."""
    return next((queue for queue in QUEUES.values() if role in queue.by), QUEUES["accept"])


def lines(act: Act, queue: Queue, after: str | None = None) -> Listed:
    """Give one page of a queue."""
    card = card_of(act) if queue.timed else sa.literal(Card.GREEN.value)
    chosen = sa.select(Appeal, Statement.subject, queue.at, card).select_from(Appeal)
    rows = queue.rows(chosen.join(Statement, Statement.appeal_id == Appeal.id))
    most = DECIDED_AT_ONCE if queue.shows else PAGE
    return page_of(act, rows.where(visible_to(act.actor)), Order(queue.at), after, most)


def sizes(act: Act) -> dict[str, int]:
    """Count every queue, in one statement."""
    counted = [_size(act, queue).label(name) for name, queue in QUEUES.items()]
    row = act.session.execute(sa.select(*counted)).one()
    return dict(zip(QUEUES, map(int, row), strict=True))


def _size(act: Act, queue: Queue) -> sa.ScalarSelect[int]:
    blank = sa.literal("")
    waiting = queue.rows(sa.select(Appeal, blank, queue.at, blank).select_from(Appeal))
    of_queue = waiting.where(visible_to(act.actor))
    return of_queue.with_only_columns(sa.func.count()).scalar_subquery()
