"""The line chart of a rate over the months, with its target if there is one."""

from collections.abc import Iterable, Sequence
from math import floor

from markupsafe import Markup

from appeals.reporting.charts.svg import (
    WIDTH,
    DataPoint,
    add_dot,
    add_line,
    add_text,
    describe_points,
    new_chart,
    render_svg,
)

TOP, TALL, LEFT, RIGHT = 30, 110, 44, 16
HEIGHT = TOP + TALL + 26
STEP = 0.05
"""The axis begins at a multiple of this share, below all values, and its label says where."""
ROOM = 44
"""The least width of a month's label, in SVG units."""
ON_A_RATE = 1.0


def axis_start(values: Iterable[float | None]) -> float:
    """Return the share at which an axis begins that shows all these shares."""
    low = floor(min((v for v in values if v is not None), default=0) / STEP - 0.01) * STEP
    return max(0.0, min(low, ON_A_RATE - STEP))


def draw_trend(
    title: str, marks: Sequence[DataPoint], target: DataPoint | None = None, low: float = 0.0
) -> Markup:
    """Draw monthly shares as a line, the last one with its number, and a line for the target.

    The axis begins at `low` (`axis_start`): charts that stand together share it. A month of few
    cases has a hollow dot.
    """
    about = describe_points([*marks, *([target] if target else [])])
    drawn = new_chart("trend", title, about, HEIGHT)

    def y(value: float) -> float:
        return TOP + TALL * (ON_A_RATE - value) / (ON_A_RATE - low)

    for value in (ON_A_RATE, low):
        add_line(drawn, [(LEFT, y(value)), (WIDTH - RIGHT, y(value))], "pic__axis")
        add_text(drawn, (LEFT - 6, y(value) + 4), f"{value:.0%}", "pic__text pic__small pic__end")
    if target is not None and target.value is not None:
        add_line(drawn, [(LEFT, y(target.value)), (WIDTH - RIGHT, y(target.value))], "pic__target")
        add_text(drawn, (LEFT, 13), f"- - - {target.label} {target.text}", "pic__text pic__small")
    places = _month_positions(len(marks))
    known = [(x, m.value, m) for x, m in zip(places, marks, strict=True) if m.value is not None]
    add_line(drawn, [(x, y(value)) for x, value, _ in known], "pic__line")
    for x, value, mark in known:
        add_dot(drawn, (x, y(value)), "pic__few" if mark.is_few else "pic__dot")
    if known:
        add_text(drawn, (WIDTH, 13), known[-1][2].text, "pic__text pic__strong pic__end")
    every = 1 + int(len(marks) * ROOM / (WIDTH - LEFT - RIGHT))
    for place, (x, mark) in enumerate(zip(reversed(places), reversed(marks), strict=True)):
        if place % every == 0:
            add_text(drawn, (x, HEIGHT - 6), mark.label, "pic__text pic__small pic__middle")
    return render_svg(drawn)


def _month_positions(n: int) -> list[float]:
    """Return the x position of each of n months; a single one is at the right, like the newest."""
    first, last = LEFT + 12, WIDTH - RIGHT - 8
    return [last - (last - first) * (n - 1 - i) / max(n - 1, 1) for i in range(n)]
