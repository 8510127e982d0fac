"""The durations that means and medians are of, in whole seconds.

Each is a double, of which PostgreSQL adds up whole numbers exactly up to 2**53.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from appeals.domain.calendar import city_day
from appeals.models.organisation import CalendarDay
from appeals.reporting.snapshot.count_window import CountWindow, StampColumn
from appeals.reporting.snapshot.snapshot_rows import (
    DAY_SECONDS,
    FIRST_NUMBERED_DAY,
    number_of_day,
    seconds_between,
)

LAST_NUMBERED_DAY = date(2050, 12, 31)
"""The last day for which working days are numbered, even if the cut-off is later."""
ISO_SATURDAY = 6
"""Saturday's ISO weekday number; lower numbers are weekdays."""


class Duration(ABC):
    """A duration of a row, in whole seconds.

    `name` is its column in the count. `uses_calendar` says that it counts working days, so that an
    edition counted by an earlier calendar cannot be recounted.
    """

    name: ClassVar[str]
    uses_calendar: ClassVar[bool] = False

    def sql(self, rows: sa.Subquery, window: CountWindow) -> sa.ColumnElement[float]:
        """Return the SQL expression of a row's duration."""
        return self._seconds(rows, window)

    @abstractmethod
    def _seconds(self, rows: sa.Subquery, _window: CountWindow) -> sa.ColumnElement[float]: ...


@dataclass(frozen=True)
class SecondsToAnswer(Duration):
    """From the round's opening (round 1: the filing) to its answer."""

    name: ClassVar[str] = "seconds_to_answer"

    def _seconds(self, rows: sa.Subquery, _window: CountWindow) -> sa.ColumnElement[float]:
        return sa.func.floor(seconds_between(rows.c.opened_at, rows.c.answered_at))


@dataclass(frozen=True)
class WorkingDaysToAnswer(Duration):
    """The working days from the day after the opening to the day of the answer (Rules 1).

    A working day is stored as 86,400 seconds, so that a median of half a day is a whole number.
    """

    name: ClassVar[str] = "working_days_to_answer"
    uses_calendar: ClassVar[bool] = True

    def _seconds(self, rows: sa.Subquery, window: CountWindow) -> sa.ColumnElement[float]:
        numbers = sa.select(_number_working_days(window).label("numbers")).cte("working_days")
        days = _working_days_up_to(numbers, rows.c.answered_at) - _working_days_up_to(
            numbers, rows.c.opened_at
        )
        return sa.cast(days * DAY_SECONDS, sa.Double)


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
