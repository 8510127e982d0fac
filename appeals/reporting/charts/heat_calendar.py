"""The heat calendar: a row for each week, a cell for each day with its date and its number."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from appeals.reporting.charts.svg import (
    WIDTH,
    add_rectangle,
    add_text,
    new_chart,
    render_svg,
    shade_class,
)

DAYS = 7
HEAD = 20
TALL = 40
WIDE = WIDTH / DAYS
Week = list[tuple[date, int | None]]


def split_into_weeks(counts: Mapping[date, int], first: date, last: date) -> list[Week]:
    """Return the weeks, Monday first, that contain `first` to `last`; days outside have None."""
    day, found = first - timedelta(days=first.weekday()), []
    while day <= last:
        week = [day + timedelta(days=n) for n in range(DAYS)]
        found.append([(d, counts.get(d, 0) if first <= d <= last else None) for d in week])
        day += timedelta(days=DAYS)
    return found


def draw_heat_calendar(title: str, calendar_of: list[Week], names: Sequence[str]) -> Markup:
    """Draw the weeks, darker for a higher number; `names` are Monday's to Sunday's."""
    counted = [(day, n) for week in calendar_of for day, n in week if n is not None]
    about = "; ".join(f"{day} {n}" for day, n in counted)
    drawn = new_chart("calendar", title, about, HEAD + TALL * len(calendar_of))
    numbers = [n for _, n in counted]
    low, high = min(numbers, default=0), max(numbers, default=0)
    for place, name in enumerate(names):
        add_text(drawn, (WIDE * (place + 0.5), 13), name, "pic__text pic__small pic__middle")
    for row, week in enumerate(calendar_of):
        for column, (day, n) in enumerate(week):
            if n is None:
                continue
            x, y = WIDE * column, HEAD + TALL * row
            add_rectangle(drawn, (x + 1, y + 1, WIDE - 2, TALL - 2), shade_class(n, low, high))
            small = f"{day.month}/{day.day}" if day.day == 1 or column == 0 else str(day.day)
            add_text(drawn, (x + 4, y + 13), small, "pic__text pic__tiny")
            add_text(drawn, (x + WIDE / 2, y + 31), f"{n:,}", "pic__text pic__middle")
    return render_svg(drawn)
