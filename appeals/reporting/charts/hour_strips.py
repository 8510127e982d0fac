"""The course of a day: strips of columns, one column an hour, one strip a count, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appeals.reporting.charts.svg import (
    WIDTH,
    add_line,
    add_rectangle,
    add_text,
    new_chart,
    render_svg,
)

HOURS = 24
LEFT = 96
"""The width kept for the strips' labels, in SVG units."""
WIDE = (WIDTH - LEFT) / HOURS
TALL, PEAK, FOOT = 34, 17, 20
"""The height of the highest column, of its number above it, and of the hours below all strips."""
STRIP = TALL + PEAK + 4
EDGE = 16
"""Half the width of a number: it is no nearer to the chart's right edge."""
LABELLED_HOURS = range(0, HOURS + 1, 6)


@dataclass(frozen=True)
class HourStrip:
    """One count: its label, its whole as displayed, and its number for each hour so far."""

    label: str
    text: str
    hours: Sequence[int]


def draw_hour_strips(title: str, strips: Sequence[HourStrip]) -> Markup:
    """Draw the strips below each other, each with its label, its whole and its highest number."""
    drawn = new_chart("hours", title, _describe_strips(strips), STRIP * len(strips) + FOOT)
    most = max((n for strip in strips for n in strip.hours), default=0) or 1
    for place, strip in enumerate(strips):
        base = STRIP * (place + 1)
        add_text(drawn, (0, base - TALL / 2 - 4), strip.label)
        add_text(drawn, (0, base - 2), strip.text, "pic__text pic__strong")
        for hour, n in enumerate(strip.hours):
            tall = TALL * n / most
            box = (LEFT + WIDE * hour + 0.5, base - tall, WIDE - 1, tall)
            add_rectangle(drawn, box, f"pic__bar pic__bar--{place}")
        add_line(drawn, [(LEFT, base), (WIDTH, base)], "pic__axis")
        if peak := max(strip.hours, default=0):
            x = LEFT + WIDE * (strip.hours.index(peak) + 0.5)
            at = (min(x, WIDTH - EDGE), base - TALL * peak / most - 3)
            add_text(drawn, at, f"{peak:,}", "pic__text pic__small pic__middle")
    for hour in LABELLED_HOURS:
        look = {0: "", HOURS: "pic__end"}.get(hour, "pic__middle")
        at = (LEFT + WIDE * hour, STRIP * len(strips) + FOOT - 3)
        add_text(drawn, at, str(hour), f"pic__text pic__small {look}".rstrip())
    return render_svg(drawn)


def _describe_strips(strips: Sequence[HourStrip]) -> str:
    """Return the counts of each hour that is not empty, for screen readers."""
    return "; ".join(
        f"{strip.label} {strip.text}"
        + "".join(f", {hour}:00 {n}" for hour, n in enumerate(strip.hours) if n)
        for strip in strips
    )
