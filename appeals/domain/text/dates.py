"""Days and moments as people read them, in every language; all times are Asia/Shanghai."""

from datetime import date, datetime

from appeals.domain.calendar import ONE_DAY, SHANGHAI, Period, city_day
from appeals.domain.messages import Message, context_message, message

LAST_MINUTE = (23, 59)
"""Hour and minute at which a day limit is due."""
MONTHS = (
    context_message("month", "Jan"),
    context_message("month", "Feb"),
    context_message("month", "Mar"),
    context_message("month", "Apr"),
    context_message("month", "May"),
    context_message("month", "Jun"),
    context_message("month", "Jul"),
    context_message("month", "Aug"),
    context_message("month", "Sep"),
    context_message("month", "Oct"),
    context_message("month", "Nov"),
    context_message("month", "Dec"),
)
WEEKDAYS = (
    context_message("weekday", "Mon"),
    context_message("weekday", "Tue"),
    context_message("weekday", "Wed"),
    context_message("weekday", "Thu"),
    context_message("weekday", "Fri"),
    context_message("weekday", "Sat"),
    context_message("weekday", "Sun"),
)
WEEKDAY_NAMES = (
    message("Monday"),
    message("Tuesday"),
    message("Wednesday"),
    message("Thursday"),
    message("Friday"),
    message("Saturday"),
    message("Sunday"),
)


def describe_day(day: date) -> Message:
    """Return a day such as “30 Nov 2026”, 2026年11月30日."""
    return message("%(day)s %(month)s %(year)s", **_parts(day), year=day.year)


def name_month(day: date) -> Message:
    """Return the short name of a day's month, such as “Nov”, 11."""
    return MONTHS[day.month - 1]


def describe_moment(at: datetime) -> Message:
    """Return a moment to the minute, such as “30 Nov 2026, 23:59”."""
    local = at.astimezone(SHANGHAI)
    return message("%(day)s, %(time)s", day=describe_day(local), time=f"{local:%H:%M}")


def describe_moment_briefly(at: datetime, now: datetime) -> Message:
    """Return a moment for a text message, such as “3 Dec” or “3 Dec, 10:10”, 12月3日 10:10.

    The year is named where it is not that of `now`, the time where it is not the end of a day.
    """
    local, year = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI).year
    day = (
        message("%(day)s %(month)s", **_parts(local)) if local.year == year else describe_day(local)
    )
    if (local.hour, local.minute) == LAST_MINUTE:
        return day
    return message("%(day)s, %(time)s", day=day, time=f"{local:%H:%M}")


def describe_weekday(day: date, *, with_year: bool) -> Message:
    """Return a day with its weekday, such as “Mon 30 Nov”, 11月30日（周一）."""
    parts = {"weekday": WEEKDAYS[day.weekday()], **_parts(day)}
    if with_year:
        return message("%(weekday)s %(day)s %(month)s %(year)s", **parts, year=day.year)
    return message("%(weekday)s %(day)s %(month)s", **parts)


def describe_days(first: date, last: date, *, with_year: bool) -> Message:
    """Return several days in a row, such as “1 to 8 Oct”, 10月1日至8日."""
    if first.year != last.year:
        return message(
            "%(first)s %(first_month)s to %(last)s %(last_month)s %(year)s",
            first=first.day,
            first_month=MONTHS[first.month - 1],
            last=last.day,
            last_month=MONTHS[last.month - 1],
            year=last.year,
        )
    text = _describe_days_of_year(first, last)
    return message("%(days)s %(year)s", days=text, year=last.year) if with_year else text


def describe_period(period: Period) -> Message:
    """Return a period of whole days, a month such as “Nov 2026”, 2026年11月."""
    first, last = city_day(period.start), city_day(period.end) - ONE_DAY
    if period.is_month:
        return message("%(month)s %(year)s", month=name_month(first), year=first.year)
    if first == last:
        return describe_day(first)
    if first.year != last.year:
        return message("%(first)s to %(last)s", first=describe_day(first), last=describe_day(last))
    return describe_days(first, last, with_year=True)


def _describe_days_of_year(first: date, last: date) -> Message:
    if first.month == last.month:
        month = MONTHS[first.month - 1]
        return message(
            "%(first)s to %(last)s %(month)s", first=first.day, last=last.day, month=month
        )
    return message(
        "%(first)s %(first_month)s to %(last)s %(last_month)s",
        first=first.day,
        first_month=MONTHS[first.month - 1],
        last=last.day,
        last_month=MONTHS[last.month - 1],
    )


def _parts(day: date) -> dict[str, object]:
    return {"day": day.day, "month": name_month(day)}
