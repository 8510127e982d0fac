"""City time: days and months in Asia/Shanghai, and which days are working days.

The State Council's notices name the weekdays that are holidays and the weekend days that are
worked; a year without a notice counts weekends only and is provisional (Rules 1, Domain 2.3).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from zoneinfo import ZoneInfo

from appeals.domain.messages import Message, message

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
SATURDAY = 5
DECEMBER = 12
LEGAL_HOLIDAYS = {
    (1, 1): message("New Year’s Day"),
    (5, 1): message("Labour Day"),
    (5, 2): message("Labour Day"),
    (10, 1): message("National Day"),
    (10, 2): message("National Day"),
    (10, 3): message("National Day"),
}
"""Holidays with a fixed date, by month and day (全国年节及纪念日放假办法, as amended in 2024).

The others follow the lunar or solar calendar and are known only from the year's notice.
"""


def city_day(moment: datetime) -> date:
    """Return the date of an aware moment in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Return 00:00 Asia/Shanghai of the day, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_end(day: date) -> datetime:
    """Return 23:59:59 Asia/Shanghai of the day, in UTC: when a day limit is due."""
    return datetime.combine(day, time(23, 59, 59), SHANGHAI).astimezone(UTC)


def month_of(moment: datetime) -> date:
    """Return the first day of an aware moment's month in Asia/Shanghai."""
    return city_day(moment).replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)


@dataclass(frozen=True, kw_only=True)
class DatedEntry:
    """What is in force from `valid_from` until the day before `valid_to`; None means no bound."""

    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether it is in force on a day (Asia/Shanghai)."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class Period:
    """A half-open span of whole days (Asia/Shanghai), with `start` and exclusive `end` in UTC."""

    start: datetime
    end: datetime

    @classmethod
    def month(cls, text: str) -> "Period":
        """Parse "2020-03". Raises ValueError with a sentence."""
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise ValueError(f"“{text}” is not a month such as 2020-03.") from None
        return cls.days(first, next_month(first))

    @classmethod
    def days(cls, first: date, end: date) -> "Period":
        """Return the period from `first` to `end` (exclusive). Raises ValueError if it is empty."""
        if end <= first:
            raise ValueError("A period ends after it starts.")
        return cls(day_start(first), day_start(end))

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Parse "2020-03" or "2020-03-05..2021-03-05" (end exclusive). Raises ValueError."""
        first, dots, end = text.partition("..")
        if not dots:
            return cls.month(first)
        try:
            return cls.days(date.fromisoformat(first), date.fromisoformat(end))
        except ValueError as error:
            raise ValueError(
                f"“{text}” is not a period such as 2020-03-05..2021-03-05: {error}"
            ) from None

    @property
    def is_month(self) -> bool:
        """Whether the period is exactly one calendar month."""
        first = city_day(self.start)
        return first.day == 1 and city_day(self.end) == next_month(first)

    def before(self) -> "Period":
        """Return the previous month, or the same number of days before (环比)."""
        first, end = city_day(self.start), city_day(self.end)
        if self.is_month:
            return Period.days((first - ONE_DAY).replace(day=1), first)
        return Period.days(first - (end - first), first)

    def year_before(self) -> "Period":
        """Return the same days a year earlier (同比); 29 February becomes 1 March."""
        return Period.days(_year_before(city_day(self.start)), _year_before(city_day(self.end)))

    @property
    def label(self) -> str:
        """The text from which `parse` returns this period."""
        first, end = city_day(self.start), city_day(self.end)
        return f"{first:%Y-%m}" if self.is_month else f"{first}..{end}"


def noticed_years(named: Iterable[date]) -> frozenset[int]:
    """Return the years that have a notice, from the days that notices name.

    Days of late December can be in the next year's notice, because of New Year (the notice for 2007
    names 30 December 2006), so December alone does not prove a notice of its year.
    """
    return frozenset(day.year for day in named if day.month < DECEMBER)


def _is_weekday(day: date) -> bool:
    return day.weekday() < SATURDAY


def _count_weekdays(day: date) -> int:
    """Count the Mondays to Fridays from the first day there is, a Monday, up to `day`."""
    weeks, rest = divmod(day.toordinal(), 7)
    return weeks * SATURDAY + min(rest, SATURDAY)


@dataclass(frozen=True)
class Calendar:
    """Working days according to the notices.

    `days` has only the days that a notice names (True: worked), `names` the holiday behind each,
    `noticed` the years with a notice. `version` is the digest that deadlines and editions record.
    """

    version: str
    days: Mapping[date, bool]
    names: Mapping[date, str]
    noticed: frozenset[int]

    def is_working(self, day: date) -> bool:
        """Return whether the day is a working day."""
        return self.days.get(day, _is_weekday(day))

    def is_provisional(self, day: date) -> bool:
        """Return whether the day's year has no notice yet."""
        return day.year not in self.noticed

    def is_make_up(self, day: date) -> bool:
        """Return whether the day is a weekend day that is worked in exchange for a holiday."""
        return day.weekday() >= SATURDAY and self.is_working(day)

    def legal_holiday(self, day: date) -> Message | None:
        """Return the fixed legal holiday of a day in a year without a notice.

        Until the notice is published the day counts as an ordinary weekday or weekend day (Rules
        1).
        """
        fixed = LEGAL_HOLIDAYS.get((day.month, day.day))
        return fixed if self.is_provisional(day) and day not in self.days else None

    def list_legal_holidays(self, year: int) -> dict[date, Message]:
        """Return the fixed legal holidays of a year without a notice, by day."""
        if not date.min.year <= year <= date.max.year:
            return {}
        days = (date(year, month, day) for month, day in LEGAL_HOLIDAYS)
        return {day: name for day in days if (name := self.legal_holiday(day))}

    def next_working(self, day: date) -> date:
        """Return the first working day after `day`."""
        day += ONE_DAY
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def previous_working(self, day: date) -> date:
        """Return the last working day before `day`."""
        day -= ONE_DAY
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`; `day` itself if n is 0."""
        for _ in range(n):
            day = self.next_working(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days after `first`, up to and including `last`."""
        if last <= first:
            return 0
        weekdays = _count_weekdays(last) - _count_weekdays(first)
        return weekdays + self._exceptions_until(last) - self._exceptions_until(first)

    def _exceptions_until(self, day: date) -> int:
        """Count the weekend days worked, less the weekdays off, up to and including `day`."""
        days, sums = self._exceptions
        return sums[bisect_right(days, day)]

    @cached_property
    def _exceptions(self) -> tuple[list[date], list[int]]:
        """The days whose notice differs from their weekday, and their running sums from 0."""
        days = sorted(day for day in self.days if self.is_working(day) != _is_weekday(day))
        return days, list(accumulate((1 if self.days[day] else -1 for day in days), initial=0))


@dataclass(frozen=True)
class CachedCalendar(Calendar):
    """A calendar that caches the results of `add_working_days`."""

    counted: dict[tuple[date, int], date] = field(default_factory=dict, init=False, compare=False)

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`."""
        if (day, n) not in self.counted:
            self.counted[day, n] = super().add_working_days(day, n)
        return self.counted[day, n]
