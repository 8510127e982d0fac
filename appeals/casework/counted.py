"""The promises of a span that the clocks do not give: each day and limit is counted once.

A limit of days ends alike for all that start on one Shanghai day, so PostgreSQL gathers the
promises by day, limit and due moments, and the one clock (`domain/clocks.py`) counts each
gathering once. A limit of hours or minutes is counted from its own start. A promise that was moved
or promised elsewhere is not looked at: its appeal is played again (`casework/alike.py`).
"""

from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.alike import Span
from appeals.domain import clocks
from appeals.domain.calendar import Calendar
from appeals.domain.clocks import Limit, Unit
from appeals.domain.deadlines import Book
from appeals.models.handling import Deadline

Counted = tuple[str, int, datetime, datetime, datetime | None, datetime]
"""Unit, amount, start, due, yellow (none: as it starts) and the moment it is escalated."""
OF_DAYS = (Unit.WORKING_DAYS, Unit.DAYS)
START = sa.case(
    (
        Deadline.unit.in_([unit.value for unit in OF_DAYS]),
        sa.func.date_trunc("day", Deadline.started_at, "Asia/Shanghai"),
    ),
    else_=Deadline.started_at,
).label("start")
GATHERED = sa.select(
    Deadline.unit,
    Deadline.amount,
    START,
    Deadline.original_due_at,
    sa.func.nullif(Deadline.warn_at, Deadline.started_at).label("warned"),
    Deadline.escalate_at,
).where(Deadline.amount.is_not(None), Deadline.due_at == Deadline.original_due_at)


def miscounted(act: Act, book: Book, span: Span, right: set[Counted]) -> set[int]:
    """Give the ids of the appeals with such a promise; limits of days that are `right` are kept."""
    promises = (
        GATHERED.add_columns(sa.func.array_agg(Deadline.appeal_id))
        .where(Deadline.appeal_id.between(*span))
        .group_by(*GATHERED.selected_columns)
    )
    limits = {(row.limit.unit.value, row.limit.amount): row.limit for row in book.limits}
    wrong = set[int]()
    for *values, ids in act.session.execute(promises):
        promise: Counted = tuple(values)
        if promise in right:
            continue
        limit = limits.get(promise[:2])
        if limit is None or not _is_right(book.calendar, limit, promise):
            wrong.update(ids)
        elif limit.unit in OF_DAYS:  # the others hardly come twice
            right.add(promise)
    return wrong


def _is_right(calendar: Calendar, limit: Limit, promise: Counted) -> bool:
    """Count it anew; a limit of days is counted from the midnight before its starts.

    It turns yellow at a midnight or, if that lies before, as it starts: so whether it does is
    the same for every start of a day.
    """
    _, _, start, due, warned, escalated = promise
    try:
        if clocks.due_at(calendar, start, limit) != due:
            return False
        yellow = clocks.warn_at(calendar, start, due, limit)
        later = clocks.escalate_at(calendar, due)
    except OverflowError:  # no start of ours: there is no year for its due moment
        return False
    return (None if yellow == start else yellow) == warned and later == escalated
