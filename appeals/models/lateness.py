"""Red and overdue, the two words for late: one definition each, as SQL over the deadlines.

A case is *red* if one of its running promises is past due. A department's pages ask for the
department's promises, the centre's for all. It is *overdue* if its finish is past due and no answer
was given in time, so an overdue case is red. Windows (return, rating) and follow-ups that have left
the queues are neither. `domain/deadlines.py: is_owed` says the same of one case in memory.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.domain.deadlines import DUTY_RULES
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal
from appeals.models.handling import Deadline, Round, has_passed

PROMISES = tuple(rule.duty for rule in DUTY_RULES.values() if not rule.window)
"""The duties that can be late."""
DEPARTMENT_PROMISES = tuple(duty for duty in PROMISES if DUTY_RULES[duty].by_department)
"""Those that the department owes."""
Holds = sa.ColumnElement[bool]


def is_answered_in_time(of: type[Deadline] = Deadline) -> Holds:
    """Return the condition that a finish has an answer that was given in time and awaits review."""
    answered = sa.func.date_trunc("second", Round.answer_given_at) <= of.due_at
    of_round = sa.and_(Round.appeal_id == of.appeal_id, Round.n == of.round_n)
    return sa.and_(of.duty == Duty.FINISH, sa.exists().where(of_round, answered))


def is_owed(follow_ups_since: datetime | None = None, of: type[Deadline] = Deadline) -> Holds:
    """Return the condition that a running promise still waits to be kept.

    `follow_ups_since` is the earliest closing whose follow-up still waits
    (`domain/deadlines.py`); without it follow-ups are left out.
    """
    promised: Holds = of.duty.in_([duty for duty in PROMISES if duty is not Duty.FOLLOW_UP])
    if follow_ups_since is not None:
        waits = sa.and_(of.duty == Duty.FOLLOW_UP, of.started_at >= follow_ups_since)
        promised = sa.or_(promised, waits)
    return sa.and_(of.is_running(), promised, ~is_answered_in_time(of))


def is_past_due(
    now: datetime, follow_ups_since: datetime | None = None, of: type[Deadline] = Deadline
) -> Holds:
    """Return the condition that a promise is past due at `now`: its case is red."""
    return sa.and_(has_passed(of.due_at, now), is_owed(follow_ups_since, of))


def is_overdue(now: datetime, of: type[Deadline] = Deadline) -> Holds:
    """Return the condition that a finish is overdue at `now`: so is its case."""
    return sa.and_(of.duty == Duty.FINISH, is_past_due(now, of=of))


def _first_promise() -> sa.FromClause:
    """Select, of an `Appeal` in the statement, the department's promise that is due first.

    Its card is the worst of the department's promises, so it is the card of the case.
    """
    owed: type[Deadline] = aliased(Deadline)
    chosen = (
        sa.select(owed.duty, owed.due_at, owed.warn_at)
        .where(owed.appeal_id == Appeal.id, owed.duty.in_(DEPARTMENT_PROMISES), is_owed(of=owed))
        .order_by(owed.due_at, owed.n)
        .limit(1)
    )
    return chosen.lateral("first_promise")


FIRST_PROMISE = _first_promise()
"""Joined to statements over `Appeal`; without a row where the department owes nothing now."""
