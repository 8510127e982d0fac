"""Compute when a limit is due, when its card turns yellow, and the day-by-day trace of the count.

Rules 1: day 1 of a day limit is the first working day after the start's date in Asia/Shanghai;
hour limits run in working hours; urgent limits run day and night.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from appeals.domain.calendar import ONE_DAY, SHANGHAI, Calendar, city_day, day_end, day_start
from appeals.domain.vocabulary import Term

Hours = tuple[tuple[time, time], ...]
Span = tuple[datetime, datetime]
WORKING_HOURS: Hours = ((time(9), time(12)), (time(13, 30), time(17, 30)))
"""The working hours of a working day, Asia/Shanghai (Rules 1)."""
URGENT_YELLOW_BEFORE_DUE = timedelta(hours=6)
ESCALATION_WORKING_DAYS = 5
WEEKDAYS_ZH = "一二三四五六日"
STARTED_BY_DISPATCH = ("派单", "dispatched")
MAKE_UP_DAY_TEXTS = ("调休上班，", " works and")
PROVISIONAL_TEXTS = ("（暂定）", " (provisional)")
LEGAL_HOLIDAY_TEXTS = (
    "（暂定，法定节日{}尚未计入）",
    " (provisional: {}, a holiday by law, is not counted yet)",
)
"""Appended to a working day that has a legal holiday in a year without a holiday notice."""


class LimitUnit(Term):
    """The unit of a limit: MINUTES run day and night, DAYS are calendar days."""

    WORKING_DAYS = "working_days", "working days"
    WORKING_MINUTES = "working_minutes", "minutes of working hours"
    MINUTES = "minutes", "minutes, day and night"
    DAYS = "days", "days"


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of one unit, such as 5 working days."""

    amount: int
    unit: LimitUnit


@dataclass(frozen=True)
class TraceStep:
    """One line of a trace: the day, its number (None if it does not count), and the sentence."""

    day: date
    counted: int | None
    zh: str
    en: str

    def label(self, language: str) -> str:
        """Return the sentence in `language`."""
        return self.zh if language.startswith("zh") else self.en


def due_at(
    calendar: Calendar, start: datetime, limit: Limit, hours: Hours = WORKING_HOURS
) -> datetime:
    """Return the due moment in aware UTC; what happens at or before it meets the promise."""
    if limit.unit is LimitUnit.MINUTES:
        return start + timedelta(minutes=limit.amount)
    if limit.unit is LimitUnit.WORKING_MINUTES:
        spans = _opening_spans(calendar, start, hours)
        return _end_of_minutes(spans, start, timedelta(minutes=limit.amount))
    if limit.unit is LimitUnit.DAYS:
        return day_end(city_day(start) + limit.amount * ONE_DAY)
    return day_end(calendar.add_working_days(city_day(start), limit.amount))


def warn_at(calendar: Calendar, start: datetime, due: datetime, limit: Limit) -> datetime:
    """Return when the card turns yellow.

    That is 00:00 (Asia/Shanghai) of the working day before the due date, or 6 hours before an
    urgent limit is due, and never before the start (Rules 1, cards).
    """
    if limit.unit is LimitUnit.MINUTES:
        return max(start, due - URGENT_YELLOW_BEFORE_DUE)
    return max(start, day_start(calendar.previous_working(city_day(due))))


def escalate_at(calendar: Calendar, due: datetime) -> datetime:
    """Return the second after 5 working days overdue: the supervisor is told (Domain 2.4 [S37])."""
    return extend_due(calendar, due, ESCALATION_WORKING_DAYS) + timedelta(seconds=1)


def whole_second(moment: datetime) -> datetime:
    """Truncate to the second: what happens within the due second meets the promise (Rules 1)."""
    return moment.replace(microsecond=0)


def has_passed(due: datetime, now: datetime) -> bool:
    """Return whether the whole second of `due` is over (Rules 1)."""
    return due < whole_second(now)


def extend_due(calendar: Calendar, due: datetime, working_days: int) -> datetime:
    """Return the end of the day that is `working_days` working days after the due date."""
    return day_end(calendar.add_working_days(city_day(due), working_days))


def _opening_spans(calendar: Calendar, start: datetime, hours: Hours) -> Iterator[Span]:
    day = city_day(start)
    while True:
        if calendar.is_working(day):
            yield from _spans_of_day(day, hours)
        day += ONE_DAY


def _spans_of_day(day: date, hours: Hours) -> Iterator[Span]:
    for opens, closes in hours:
        yield datetime.combine(day, opens, SHANGHAI), datetime.combine(day, closes, SHANGHAI)


def _end_of_minutes(spans: Iterator[Span], start: datetime, left: timedelta) -> datetime:
    for opens, closes in spans:
        begins = max(start, opens)
        if begins < closes:
            if begins + left <= closes:
                return (begins + left).astimezone(UTC)
            left -= closes - begins
    raise AssertionError("there is always a next opening")


def trace_limit(
    calendar: Calendar,
    start: datetime,
    limit: Limit,
    hours: Hours = WORKING_HOURS,
    begun: tuple[str, str] = STARTED_BY_DISPATCH,
) -> tuple[TraceStep, ...]:
    """Explain how a due moment was counted: the start, each day with its reason, and the end.

    `begun` says in Chinese and English what started the clock. The number of a step is the day's
    place in a day limit or the day's whole minutes in an hour limit; days that do not count have
    none. Days of a year without a holiday notice are marked provisional, and so is a due moment
    that rests on one.
    """
    first = start.astimezone(SHANGHAI)
    due = due_at(calendar, start, limit, hours).astimezone(SHANGHAI)
    walk = _Trace(calendar, first, due, hours)
    between: list[TraceStep] = []
    if limit.unit is LimitUnit.WORKING_DAYS:
        between = list(walk.by_days())
    elif limit.unit is LimitUnit.WORKING_MINUTES:
        between = list(walk.by_hours())
    unsure = any(calendar.is_provisional(step.day) for step in between)
    zh, en = PROVISIONAL_TEXTS if unsure else ("", "")
    return (
        TraceStep(
            first.date(),
            None,
            f"{first.year}年{walk.zh(first.date())}{_format_clock(first)}{begun[0]}",
            f"{begun[1]} {walk.en(first.date())} {first.year} {_format_clock(first)}",
        ),
        *(walk.marked(step) for step in between),
        TraceStep(
            due.date(),
            None,
            f"{walk.zh(due.date())}{_format_clock(due)}到期{zh}",
            f"due {walk.en(due.date())} {_format_clock(due)}{en}",
        ),
    )


def moment_step(moment: datetime, zh: str, en: str) -> TraceStep:
    """Build a step for a moment that was not counted, such as an extended due moment."""
    local = moment.astimezone(SHANGHAI)
    clock = f"{local:%Y-%m-%d} {_format_clock(local)}"
    return TraceStep(local.date(), None, f"{zh}{clock}", f"{en}{clock}")


@dataclass(frozen=True)
class _Trace:
    """Builds the steps between a start and its due moment, both in Asia/Shanghai."""

    calendar: Calendar
    start: datetime
    due: datetime
    hours: Hours

    def by_days(self) -> Iterator[TraceStep]:
        count = 0
        for run in self._runs(self.start.date() + ONE_DAY):
            if self.calendar.is_working(run[0]):
                count += 1
                yield self._day(run[0], count)
            else:
                yield self._off(run)

    def by_hours(self) -> Iterator[TraceStep]:
        for run in self._runs(self.start.date()):
            working = self.calendar.is_working(run[0])
            yield self._opening(run[0]) if working else self._off(run)

    def _runs(self, day: date) -> Iterator[list[date]]:
        """Yield each working day alone; consecutive days off with the same reason come together."""
        days = [day + i * ONE_DAY for i in range((self.due.date() - day).days + 1)]
        for _, run in groupby(days, self._reason):
            yield list(run)

    def _reason(self, day: date) -> tuple[date | bool, bool]:
        calendar = self.calendar
        reason = day if calendar.is_working(day) else day in calendar.names
        return reason, calendar.is_provisional(day)

    def _day(self, day: date, count: int) -> TraceStep:
        zh, en = MAKE_UP_DAY_TEXTS if self.calendar.is_make_up(day) else ("", "")
        return TraceStep(
            day, count, f"{self.zh(day)}{zh}为第{count}天", f"{self.en(day)}{en} is day {count}"
        )

    def _opening(self, day: date) -> TraceStep:
        worked = timedelta()
        for opens, closes in _spans_of_day(day, self.hours):
            worked += max(timedelta(), min(closes, self.due) - max(opens, self.start))
        if not worked:
            return TraceStep(
                day,
                None,
                f"{self.zh(day)}已过工作时间",
                f"{self.en(day)} has no working hours left",
            )
        minutes, seconds = divmod(int(worked.total_seconds()), 60)
        zh, en = MAKE_UP_DAY_TEXTS if self.calendar.is_make_up(day) else ("", "")
        more_zh, more_en = (f"{seconds}秒", f" {seconds} s") if seconds else ("", "")
        return TraceStep(
            day,
            minutes,
            f"{self.zh(day)}{zh}计{minutes}分钟{more_zh}",
            f"{self.en(day)}{en} counts {minutes} min{more_en}",
        )

    def _off(self, run: list[date]) -> TraceStep:
        first, last = run[0], run[-1]
        names = dict.fromkeys(self.calendar.names[day] for day in run if day in self.calendar.names)
        why = "、".join(names) + "放假" if names else "周末"
        if first == last:
            return TraceStep(
                first,
                None,
                f"{self.zh(first)}{why}",
                f"{self.en(first)} is a {'holiday' if names else 'weekend day'}",
            )
        month = "" if first.month == last.month else f" {first:%b}"
        until = f"{last.day}日" if first.month == last.month else f"{last.month}月{last.day}日"
        return TraceStep(
            first,
            None,
            f"{self._year_zh(first)}{first.month}月{first.day}日至{until}{why}",
            f"{first.day}{month} to {last.day} {last:%b}{self._year_en(last)} "
            f"are {'holidays' if names else 'a weekend'}",
        )

    def marked(self, step: TraceStep) -> TraceStep:
        """Return the step, marked provisional if the year of its day has no holiday notice."""
        if not self.calendar.is_provisional(step.day):
            return step
        calendar = self.calendar
        holiday = calendar.legal_holiday(step.day) if calendar.is_working(step.day) else None
        zh, en = LEGAL_HOLIDAY_TEXTS if holiday else PROVISIONAL_TEXTS
        return replace(step, zh=step.zh + zh.format(holiday), en=step.en + en.format(holiday))

    def zh(self, day: date) -> str:
        weekday = WEEKDAYS_ZH[day.weekday()]
        return f"{self._year_zh(day)}{day.month}月{day.day}日（周{weekday}）"

    def en(self, day: date) -> str:
        return f"{day:%a} {day.day} {day:%b}{self._year_en(day)}"

    def _year_zh(self, day: date) -> str:
        """Return the year where it differs from the year of the start."""
        return "" if day.year == self.start.year else f"{day.year}年"

    def _year_en(self, day: date) -> str:
        return "" if day.year == self.start.year else f" {day.year}"


def _format_clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
