"""When a follow-up is done, and when nobody waits for it any more (Rules 2)."""

from datetime import datetime

from appeals.domain.calendar import Calendar, city_day, day_start
from appeals.domain.case import Case
from appeals.domain.rule_book import RuleBook, RuleChange

FOLLOW_UP_TRIES = 3
FOLLOW_UP_WORKING_DAYS = 10
"""So long after closing a follow-up waits in queues and on cards (Rules 2)."""


def is_followed_up(case: Case, now: datetime, book: RuleBook) -> bool:
    """Return whether she was reached, or tried three times on at least two days (Rules 2)."""
    current = case.round
    if current.reached_at is not None or current.tried_at is None:
        return current.reached_at is not None
    on_two_days = city_day(now) > city_day(current.tried_at)
    is_enough = on_two_days or not book.holds(RuleChange.FOLLOW_UP_DAYS, now)
    return current.tries >= FOLLOW_UP_TRIES and is_enough


def follow_ups_since(calendar: Calendar, now: datetime) -> datetime:
    """Return the closing from which on a follow-up still waits at `now`; an earlier one has left.

    A follow-up leaves queues and cards after the tenth working day from closing, by the clock
    alone: without a move and without a try (Rules 2). So today still waits what was closed on the
    tenth working day before it, or later.
    """
    day = city_day(now)
    for _ in range(FOLLOW_UP_WORKING_DAYS):
        day = calendar.previous_working(day)
    return day_start(day)
