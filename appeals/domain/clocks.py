"""Compute when a limit is due, when its card turns yellow, and the day-by-day trace of the count.

Rules 1: day 1 of a day limit is the first working day after the start's date in Asia/Shanghai;
hour limits run in working hours; urgent limits run day and night.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from appeals.domain.calendar import ONE_DAY, SHANGHAI, Calendar, city_day, day_end, day_start
from appeals.domain.messages import (
    Labelled,
    Message,
    context_message,
    join_texts,
    message,
    plural_message,
)
from appeals.domain.text.dates import describe_days, describe_weekday
from appeals.domain.vocabulary import Term

Hours = tuple[tuple[time, time], ...]
Span = tuple[datetime, datetime]
WORKING_HOURS: Hours = ((time(9), time(12)), (time(13, 30), time(17, 30)))
"""The working hours of a working day, Asia/Shanghai (Rules 1)."""
URGENT_YELLOW_BEFORE_DUE = timedelta(hours=6)
ESCALATION_WORKING_DAYS = 5
MINUTES_PER_HOUR = 60
STARTED_BY_DISPATCH = context_message("start of a clock", "dispatched")


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
class TraceStep(Labelled):
    """One line of a trace: the day, its number (None if it does not count), and the sentence."""

    day: date
    counted: int | None
    text: Message

    def label(self, language: str) -> str:
        """Return the sentence in `language`."""
        return self.text.label(language)


def describe_limit(limit: Limit) -> Message:
    """Return a limit in words; minutes that make whole hours are hours."""
    amount = limit.amount
    hours, left = divmod(amount, MINUTES_PER_HOUR)
    match limit.unit:
        case LimitUnit.WORKING_DAYS:
            return plural_message("%(count)s working day", "%(count)s working days", amount)
        case LimitUnit.DAYS:
            return plural_message("%(count)s day", "%(count)s days", amount)
        case LimitUnit.WORKING_MINUTES if left:
            return plural_message("%(count)s working minute", "%(count)s working minutes", amount)
        case LimitUnit.WORKING_MINUTES:
            return plural_message("%(count)s working hour", "%(count)s working hours", hours)
        case LimitUnit.MINUTES if left:
            return plural_message("%(count)s minute", "%(count)s minutes", amount)
        case LimitUnit.MINUTES:
            return plural_message("%(count)s hour", "%(count)s hours", hours)


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
    begun: Labelled = STARTED_BY_DISPATCH,
) -> tuple[TraceStep, ...]:
    """Explain how a due moment was counted: the start, each day with its reason, and the end.

    `begun` says what started the clock. The number of a step is the day's
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
    started = message(
        "%(event)s %(day)s %(time)s",
        event=begun,
        day=describe_weekday(first, with_year=True),
        time=_format_clock(first),
    )
    end = message("due %(day)s %(time)s", day=walk.name_day(due), time=_format_clock(due))
    return (
        TraceStep(first.date(), None, started),
        *(walk.marked(step) for step in between),
        TraceStep(due.date(), None, _provisional(end) if unsure else end),
    )


def trace_moment(moment: datetime, make_text: Callable[[str], Message]) -> TraceStep:
    """Build a step for a moment that was not counted, such as an extended due moment."""
    local = moment.astimezone(SHANGHAI)
    return TraceStep(local.date(), None, make_text(f"{local:%Y-%m-%d} {_format_clock(local)}"))


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
        named = self.name_day(day)
        if self.calendar.is_make_up(day):
            text = message("%(day)s works and is day %(count)s", day=named, count=count)
        else:
            text = message("%(day)s is day %(count)s", day=named, count=count)
        return TraceStep(day, count, text)

    def _opening(self, day: date) -> TraceStep:
        worked = timedelta()
        for opens, closes in _spans_of_day(day, self.hours):
            worked += max(timedelta(), min(closes, self.due) - max(opens, self.start))
        named = self.name_day(day)
        if not worked:
            return TraceStep(day, None, message("%(day)s has no working hours left", day=named))
        minutes, seconds = divmod(int(worked.total_seconds()), 60)
        if seconds:
            lasting = message("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=seconds)
        else:
            lasting = message("%(minutes)s min", minutes=minutes)
        if self.calendar.is_make_up(day):
            text = message("%(day)s works and counts %(duration)s", day=named, duration=lasting)
        else:
            text = message("%(day)s counts %(duration)s", day=named, duration=lasting)
        return TraceStep(day, minutes, text)

    def _off(self, run: list[date]) -> TraceStep:
        first, last = run[0], run[-1]
        names = dict.fromkeys(self.calendar.names[day] for day in run if day in self.calendar.names)
        holiday = join_texts(names)  # named in Chinese alone: so is it in the notices
        if first == last:
            day = self.name_day(first)
            if names:
                text = message("%(day)s is a holiday", day=day, holiday=holiday)
            else:
                text = message("%(day)s is a weekend day", day=day)
            return TraceStep(first, None, text)
        days = describe_days(first, last, with_year=last.year != self.start.year)
        if names:
            text = message("%(days)s are holidays", days=days, holiday=holiday)
        else:
            text = message("%(days)s are a weekend", days=days)
        return TraceStep(first, None, text)

    def marked(self, step: TraceStep) -> TraceStep:
        """Return the step, marked provisional if the year of its day has no holiday notice."""
        calendar = self.calendar
        if not calendar.is_provisional(step.day):
            return step
        holiday = calendar.legal_holiday(step.day) if calendar.is_working(step.day) else None
        if holiday is None:
            return replace(step, text=_provisional(step.text))
        text = message(
            "%(step)s (provisional: %(holiday)s, a holiday by law, is not counted yet)",
            step=step.text,
            holiday=holiday,
        )
        return replace(step, text=text)

    def name_day(self, day: date) -> Message:
        """Return the day with its weekday, and the year where it is not that of the start."""
        return describe_weekday(day, with_year=day.year != self.start.year)


def _provisional(text: Message) -> Message:
    return message("%(step)s (provisional)", step=text)


def _format_clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
