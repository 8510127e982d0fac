"""When the follow-up duty is met, and when it lapses (Rules 2)."""

from datetime import datetime

from appeals.domain.calendar import Calendar, city_day, day_start
from appeals.domain.case import Case
from appeals.domain.rule_book import RuleBook, RuleChange

FOLLOW_UP_TRIES = 3
FOLLOW_UP_WORKING_DAYS = 10
"""How long after closing a follow-up stays in queues and on cards (Rules 2)."""


def is_followed_up(case: Case, now: datetime, book: RuleBook) -> bool:
    """Return whether the citizen was reached, or tried thrice on at least two days (Rules 2)."""
    current = case.round
    if current.reached_at is not None or current.tried_at is None:
        return current.reached_at is not None
    on_two_days = city_day(now) > city_day(current.tried_at)
    is_enough = on_two_days or not book.holds(RuleChange.FOLLOW_UP_DAYS, now)
    return current.tries >= FOLLOW_UP_TRIES and is_enough


def follow_ups_since(calendar: Calendar, now: datetime) -> datetime:
    """Return the earliest closing whose follow-up is still waiting at `now`.

    A follow-up leaves queues and cards after the tenth working day from closing, by the clock
    alone, without a move or a try (Rules 2). So appeals closed on the tenth working day before
    today or later are still waiting.
    """
    day = city_day(now)
    for _ in range(FOLLOW_UP_WORKING_DAYS):
        day = calendar.previous_working(day)
    return day_start(day)
