"""The conditions that measures are made of: small expressions over the measured rows (Rules 4).

Those asked for alike are one object, so that a row is looked at once for all measures
(`reporting/counting/condition_bitmask.py`).
"""

from datetime import date, datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from appeals.domain.calendar import city_day
from appeals.domain.vocabulary import DispatchEnd, Kind, Satisfaction
from appeals.models.organisation import CalendarDay
from appeals.reporting.measures.measure_shapes import (
    AllOf,
    Condition,
    CountWindow,
    flatten_conditions,
)
from appeals.reporting.snapshot.snapshot_rows import (
    DAY_SECONDS,
    FIRST_NUMBERED_DAY,
    StampColumn,
    number_of_day,
    seconds_between,
)

Rows = sa.Subquery
Holds = sa.ColumnElement[bool]
SATISFIED = (
    Satisfaction.VERY_SATISFIED.value,
    Satisfaction.SATISFIED.value,
    Satisfaction.FAIRLY_SATISFIED.value,
)
EARLY_ENDS = (DispatchEnd.RECALLED.value,)
"""The ends that leave a department no time to sign for a dispatch or to contact (Rules 4)."""
LAST_NUMBERED_DAY = date(2050, 12, 31)
"""The last of the days that are numbered for counting working days, if the cut-off needs it."""
ISO_SATURDAY = 6
"""ISO's number of the first day that is no weekday."""
LAST_HOUR = timedelta(hours=1)
LAST_DAY = timedelta(days=1) - timedelta(seconds=1)
"""From its midnight to its end, at 23:59:59."""


@cache
def stamp_in_period(column: str) -> Condition:
    """Hold where the stamp lies in the period."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        return window.holds(rows.c[column])

    return condition


@cache
def has_stamp(column: str) -> Condition:
    """Hold where the stamp was there at the cut-off."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return rows.c[column].is_not(None)

    return condition


@cache
def lacks_stamp(column: str) -> Condition:
    """Hold where the stamp was not there at the cut-off."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return rows.c[column].is_(None)

    return condition


@cache
def is_true(column: str) -> Condition:
    """Hold where the column is true."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return rows.c[column].is_(sa.true())

    return condition


@cache
def met_by_due(stamp: str, due: str) -> Condition:
    """Hold where the stamp is there and not after the second of the due moment (Rules 1)."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return _whole_second(rows.c[stamp]) <= rows.c[due]

    return condition


@cache
def did_not_end_early(stamp: str, due: str) -> Condition:
    """Hold unless the dispatch ended early: before the stamp was due and before it was set."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        early = sa.and_(
            is_one_of("how_ended", *EARLY_ENDS)(rows, window),
            _whole_second(rows.c.ended_at) <= rows.c[due],
            sa.func.coalesce(rows.c[stamp] > rows.c.ended_at, sa.true()),
        )
        return sa.not_(sa.func.coalesce(early, sa.false()))

    return condition


def _whole_second(stamp: StampColumn) -> sa.ColumnElement[datetime]:
    return sa.func.date_trunc("second", stamp)


@cache
def is_one_of(column: str, *values: str) -> Condition:
    """Hold where the column has one of the values."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return sa.cast(rows.c[column], sa.Text).in_(values)

    return condition


def all_of(*conditions: Condition) -> Condition:
    """Hold where all of the conditions do."""
    return AllOf(flatten_conditions(*conditions))


@cache
def due_in_period(column: str) -> Condition:
    """Hold for round 1 due in the period and at or before the cut-off."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        moment = rows.c[column]
        return sa.and_(rows.c.n == 1, window.holds(moment), moment <= window.cut_off)

    return condition


def is_due_or_carried_in(rows: Rows, window: CountWindow) -> Holds:
    """Hold for the due base and what was overdue and unfinished as the period began."""
    start = window.period.start
    late = sa.or_(rows.c.finished_at.is_(None), rows.c.finished_at >= start)
    carried = sa.and_(rows.c.n == 1, rows.c.due_at < start, rows.c.due_at <= window.cut_off, late)
    return sa.or_(due_in_period("due_at")(rows, window), carried)


def is_finished_by_end(rows: Rows, window: CountWindow) -> Holds:
    """Hold for what was finished by min(T, end); the end itself is the next period's."""
    done = rows.c.finished_at
    return sa.and_(done <= window.last, done < window.period.end)


def is_later_round(rows: Rows, window: CountWindow) -> Holds:
    """Hold for a second or later round."""
    del window
    return rows.c.n > 1


def is_first_round(rows: Rows, window: CountWindow) -> Holds:
    """Hold for round 1."""
    del window
    return rows.c.n == 1


def is_no_consultation(rows: Rows, window: CountWindow) -> Holds:
    """Hold for every kind but consultations."""
    del window
    return rows.c.kind != Kind.CONSULTATION.value


def seconds_to_answer(rows: Rows, window: CountWindow) -> sa.ColumnElement[float]:
    """Give the whole seconds from the opening of the round (round 1: the filing) to its answer."""
    del window
    return sa.func.floor(seconds_between(rows.c.opened_at, rows.c.answered_at))


def is_carried_in(rows: Rows, window: CountWindow) -> Holds:
    """Hold for what was dispatched before the period and unfinished as it began."""
    start = window.period.start
    open_then = sa.or_(rows.c.finished_at.is_(None), rows.c.finished_at >= start)
    return sa.and_(rows.c.first_dispatched_at < start, open_then)


def is_carried_out(rows: Rows, window: CountWindow) -> Holds:
    """Hold for what was dispatched and is unfinished at min(T, end)."""
    return sa.and_(
        rows.c.first_dispatched_at < window.period.end, _is_unfinished_at_end(rows, window)
    )


def is_overdue_at_end(rows: Rows, window: CountWindow) -> Holds:
    """Hold for what was due before min(T, end), and unfinished then."""
    due = rows.c.due_at
    passed = sa.and_(due < window.period.end, due <= window.cut_off)
    return sa.and_(passed, _is_unfinished_at_end(rows, window))


def is_answered_in_last_hour(rows: Rows, window: CountWindow) -> Holds:
    """Hold for what was finished within the hour before its due moment."""
    del window
    return rows.c.met_at > rows.c.due_at - LAST_HOUR


def is_returned_on_last_day(rows: Rows, window: CountWindow) -> Holds:
    """Hold for a return that was asked on the last day on which it could be."""
    del window
    return rows.c.return_asked_at >= rows.c.return_due_at - LAST_DAY


def working_days_to_answer(rows: Rows, window: CountWindow) -> sa.ColumnElement[float]:
    """Give the working days after the opening's day up to the answer's (Rules 1), in seconds.

    A working day is stored as 86,400 seconds, so that half a day of a median is a whole number.
    """
    numbers = sa.select(_number_working_days(window).label("numbers")).cte("working_days")
    days = _working_days_up_to(numbers, rows.c.answered_at) - _working_days_up_to(
        numbers, rows.c.opened_at
    )
    return sa.cast(days * DAY_SECONDS, sa.Double)


def _is_unfinished_at_end(rows: Rows, window: CountWindow) -> Holds:
    return sa.not_(sa.func.coalesce(is_finished_by_end(rows, window), sa.false()))


def _working_days_up_to(numbers: sa.CTE, stamp: StampColumn) -> sa.ColumnElement[int]:
    """Give how many working days there were up to the Shanghai day of a stamp."""
    listed = sa.select(numbers.c.numbers).scalar_subquery()
    counted: sa.ColumnElement[int] = listed[number_of_day(stamp) + 1]
    return counted


def _number_working_days(window: CountWindow) -> sa.ScalarSelect[list[int]]:
    """Give for each day from `DAYS_FROM` to the cut-off how many working days there were up to it.

    One list is read once for a whole statement; a look at the calendar for each row would not be.
    """
    last = min(city_day(window.cut_off), LAST_NUMBERED_DAY)  # a cut-off may lie ages ahead
    from_, to = (sa.cast(each, sa.TIMESTAMP) for each in (FIRST_NUMBERED_DAY, last))
    series = sa.func.generate_series(from_, to, sa.text("interval '1 day'"))
    days = series.table_valued("day", name="days").render_derived()
    weekday = sa.extract("isodow", days.c.day) < ISO_SATURDAY
    known = days.outerjoin(CalendarDay, CalendarDay.day == sa.cast(days.c.day, sa.Date))
    worked = sa.func.coalesce(CalendarDay.working, weekday)
    number = sa.func.count().filter(worked).over(order_by=days.c.day)
    numbered = sa.select(days.c.day, number.label("number")).select_from(known).subquery("numbered")
    ordered = aggregate_order_by(numbered.c.number, numbered.c.day)
    listed = sa.func.array_agg(ordered, type_=ARRAY(sa.BigInteger()))
    return sa.select(listed).scalar_subquery()
