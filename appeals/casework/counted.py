"""The promises of a span that the clocks do not give: each day, minute and limit is counted once.

A limit of days ends alike for all that start on one Shanghai day. One of hours or minutes ends, for
all that start in one minute but after its very beginning, either at the same moment or as much
later as they start: working hours and limits are of whole minutes. So PostgreSQL gathers the
promises by day or minute, limit and moments, each told as if it had started in the middle of its
minute, and the one clock (`domain/clocks.py`) counts each gathering once. A promise that was moved
or promised elsewhere is not looked at: its appeal is played again (`casework/alike.py`).
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.alike import Span
from appeals.domain import clocks
from appeals.domain.calendar import SHANGHAI, Calendar
from appeals.domain.clocks import Limit, Unit
from appeals.domain.rule_book import Book
from appeals.models.handling import Deadline

Counted = tuple[str, int, datetime, datetime, datetime | None, datetime]
"""Unit, amount, start, due, yellow (none: as it starts) and the moment it is escalated."""
OF_DAYS = (Unit.WORKING_DAYS, Unit.DAYS)
ORIGIN = datetime(2000, 1, 1, tzinfo=SHANGHAI)
"""A midnight from which days and minutes are told apart; Shanghai has had no summer time since."""
DAY, MINUTE, HALF = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=30)
Moment = sa.SQLColumnExpression[datetime]


def _begin(size: timedelta, moment: Moment) -> sa.ColumnElement[datetime]:
    """Give the beginning of the day or the minute of a moment."""
    return sa.func.date_bin(size, moment, sa.literal(ORIGIN))


def _is_whole(moment: Moment) -> sa.ColumnElement[bool]:
    return moment == _begin(MINUTE, moment)


IS_OF_DAYS = Deadline.unit.in_([unit.value for unit in OF_DAYS])
START = sa.case(
    (IS_OF_DAYS, _begin(DAY, Deadline.started_at)),
    (_is_whole(Deadline.started_at), Deadline.started_at),
    else_=_begin(MINUTE, Deadline.started_at) + HALF,
)


def _told(moment: Moment) -> sa.ColumnElement[datetime]:
    """Give a moment as it were had the promise started at `START`: a whole minute stays."""
    stays = sa.or_(IS_OF_DAYS, _is_whole(moment))
    return sa.case((stays, moment), else_=moment + (START - Deadline.started_at))


GATHERED = sa.select(
    Deadline.unit,
    Deadline.amount,
    START.label("start"),
    _told(Deadline.original_due_at).label("due"),
    sa.case((Deadline.warn_at != Deadline.started_at, _told(Deadline.warn_at))).label("warned"),
    _told(Deadline.escalate_at).label("escalated"),
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
        elif limit.unit in OF_DAYS:  # the minutes of another span are others
            right.add(promise)
    return wrong


def _is_right(calendar: Calendar, limit: Limit, promise: Counted) -> bool:
    """Count it anew; a limit of days is counted from the midnight before its starts.

    It turns yellow at a midnight or, if that lies before, as it starts: so whether it does is
    the same for every start of a day or a minute.
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
