"""Urging: the department is told to hurry; no clock moves (Rules 8)."""

from datetime import datetime, time

from appeals.domain.calendar import ONE_DAY, SHANGHAI, Calendar
from appeals.domain.messages import message
from appeals.domain.moves.context import MoveContext
from appeals.domain.people import CENTRE
from appeals.domain.refusals import not_now

OPENS = time(9)
"""When a citizen may urge again on a working day, Asia/Shanghai."""


def refuse_repeated_urging(move: MoveContext) -> None:
    """Refuse the citizen a second urging between one working day's 09:00 and the next one's.

    The centre may urge at any time, for a caller too.
    """
    last = move.case.citizen_urged_at
    if move.role in CENTRE or last is None:
        return
    if last >= last_opening(move.book.calendar, move.now):
        raise not_now(
            message(
                "You have urged already. You can urge again from 09:00 of the next working day."
            )
        )


def count_urging(move: MoveContext) -> None:
    """Count an urging, and remember when the citizen herself last made one."""
    move.case.urgings += 1
    if move.role not in CENTRE:
        move.case.citizen_urged_at = move.now


def last_opening(calendar: Calendar, now: datetime) -> datetime:
    """Return the last 09:00 (Asia/Shanghai) of a working day at or before `now`."""
    day = now.astimezone(SHANGHAI).date()
    while not calendar.is_working(day) or datetime.combine(day, OPENS, SHANGHAI) > now:
        day -= ONE_DAY
    return datetime.combine(day, OPENS, SHANGHAI)
