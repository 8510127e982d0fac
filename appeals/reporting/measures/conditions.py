"""The conditions that measures are made of: SQL expressions over the snapshot's rows (Rules 4).

The functions with `@cache` make a condition from column names. The cache is needed: equal
conditions of several measures must be one object, because each object gets a bit of its own in the
count (`reporting/counting/condition_bitmask.py`).

Stamps are those known at the cut-off: a later one is NULL in the snapshot. A condition that comes
out as NULL does not hold.
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
"""Endings of a dispatch that left no time to sign for it or to contact the citizen (Rules 4)."""
LAST_NUMBERED_DAY = date(2050, 12, 31)
"""The last day for which working days are numbered, even if the cut-off is later."""
ISO_SATURDAY = 6
"""Saturday's ISO weekday number; lower numbers are weekdays."""
LAST_HOUR = timedelta(hours=1)
LAST_DAY = timedelta(days=1) - timedelta(seconds=1)
"""From a day's midnight to its end at 23:59:59, when day limits are due (Rules 1)."""


@cache
def stamp_in_period(column: str) -> Condition:
    """Match rows whose stamp lies in the period."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        return window.holds(rows.c[column])

    return condition


@cache
def has_stamp(column: str) -> Condition:
    """Match rows whose stamp was set by the cut-off."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return rows.c[column].is_not(None)

    return condition


@cache
def lacks_stamp(column: str) -> Condition:
    """Match rows whose stamp was not set by the cut-off."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return rows.c[column].is_(None)

    return condition


@cache
def is_true(column: str) -> Condition:
    """Match rows in which the column is true."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return rows.c[column].is_(sa.true())

    return condition


@cache
def met_by_due(stamp: str, due: str) -> Condition:
    """Match rows whose stamp is set, no later than the second of the due moment (Rules 1)."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return _whole_second(rows.c[stamp]) <= rows.c[due]

    return condition


@cache
def did_not_end_early(stamp: str, due: str) -> Condition:
    """Exclude dispatches recalled before the stamp was due and before it was set."""

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
    """Match rows in which the column has one of the values."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        del window
        return sa.cast(rows.c[column], sa.Text).in_(values)

    return condition


def all_of(*conditions: Condition) -> Condition:
    """Join conditions by AND."""
    return AllOf(flatten_conditions(*conditions))


@cache
def due_in_period(column: str) -> Condition:
    """Match the due base (Rules 4): first rounds due in the period and by the cut-off."""

    def condition(rows: Rows, window: CountWindow) -> Holds:
        moment = rows.c[column]
        return sa.and_(rows.c.n == 1, window.holds(moment), moment <= window.cut_off)

    return condition


def is_due_or_carried_in(rows: Rows, window: CountWindow) -> Holds:
    """Match the due base, and first rounds overdue and unfinished when the period began."""
    start = window.period.start
    late = sa.or_(rows.c.finished_at.is_(None), rows.c.finished_at >= start)
    carried = sa.and_(rows.c.n == 1, rows.c.due_at < start, rows.c.due_at <= window.cut_off, late)
    return sa.or_(due_in_period("due_at")(rows, window), carried)


def is_finished_by_end(rows: Rows, window: CountWindow) -> Holds:
    """Match rounds finished by the cut-off and before the period's end (Rules 4)."""
    done = rows.c.finished_at
    return sa.and_(done <= window.last, done < window.period.end)


def is_later_round(rows: Rows, window: CountWindow) -> Holds:
    """Match second and later rounds."""
    del window
    return rows.c.n > 1


def is_first_round(rows: Rows, window: CountWindow) -> Holds:
    """Match first rounds."""
    del window
    return rows.c.n == 1


def is_no_consultation(rows: Rows, window: CountWindow) -> Holds:
    """Exclude consultations, which cannot be resolved (Rules 4)."""
    del window
    return rows.c.kind != Kind.CONSULTATION.value


def seconds_to_answer(rows: Rows, window: CountWindow) -> sa.ColumnElement[float]:
    """Return the whole seconds from the round's opening (round 1: the filing) to its answer."""
    del window
    return sa.func.floor(seconds_between(rows.c.opened_at, rows.c.answered_at))


def is_carried_in(rows: Rows, window: CountWindow) -> Holds:
    """Match rounds dispatched before the period and unfinished when it began."""
    start = window.period.start
    open_then = sa.or_(rows.c.finished_at.is_(None), rows.c.finished_at >= start)
    return sa.and_(rows.c.first_dispatched_at < start, open_then)


def is_carried_out(rows: Rows, window: CountWindow) -> Holds:
    """Match rounds dispatched and unfinished at the period's end or the cut-off, if earlier."""
    return sa.and_(
        rows.c.first_dispatched_at < window.period.end, _is_unfinished_at_end(rows, window)
    )


def is_overdue_at_end(rows: Rows, window: CountWindow) -> Holds:
    """Match rounds overdue and unfinished at the period's end or the cut-off, if earlier."""
    due = rows.c.due_at
    passed = sa.and_(due < window.period.end, due <= window.cut_off)
    return sa.and_(passed, _is_unfinished_at_end(rows, window))


def is_answered_in_last_hour(rows: Rows, window: CountWindow) -> Holds:
    """Match rounds answered or withdrawn within the hour before they were due."""
    del window
    return rows.c.met_at > rows.c.due_at - LAST_HOUR


def is_returned_on_last_day(rows: Rows, window: CountWindow) -> Holds:
    """Match dispatches whose return was requested on the last possible day."""
    del window
    return rows.c.return_asked_at >= rows.c.return_due_at - LAST_DAY


def working_days_to_answer(rows: Rows, window: CountWindow) -> sa.ColumnElement[float]:
    """Return the working days from the day after the opening to the day of the answer (Rules 1).

    A working day is stored as 86,400 seconds, so that a median of half a day is a whole number.
    """
    numbers = sa.select(_number_working_days(window).label("numbers")).cte("working_days")
    days = _working_days_up_to(numbers, rows.c.answered_at) - _working_days_up_to(
        numbers, rows.c.opened_at
    )
    return sa.cast(days * DAY_SECONDS, sa.Double)


def _is_unfinished_at_end(rows: Rows, window: CountWindow) -> Holds:
    return sa.not_(sa.func.coalesce(is_finished_by_end(rows, window), sa.false()))


def _working_days_up_to(numbers: sa.CTE, stamp: StampColumn) -> sa.ColumnElement[int]:
    """Return the number of working days up to and including the Shanghai day of a stamp."""
    listed = sa.select(numbers.c.numbers).scalar_subquery()
    counted: sa.ColumnElement[int] = listed[number_of_day(stamp) + 1]
    return counted


def _number_working_days(window: CountWindow) -> sa.ScalarSelect[list[int]]:
    """Return a list with the number of working days up to each day, from `FIRST_NUMBERED_DAY` on.

    PostgreSQL computes this list once for a statement; a look-up in the calendar for each row would
    take far longer.
    """
    last = min(city_day(window.cut_off), LAST_NUMBERED_DAY)  # a cut-off may be far in the future
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
