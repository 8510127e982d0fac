"""Horizontal bars, columns and the funnel: lengths from zero, each with its numbers."""

from collections.abc import Sequence

from markupsafe import Markup

from appeals.reporting.charts.svg import (
    WIDTH,
    DataPoint,
    add_line,
    add_rectangle,
    add_text,
    describe_points,
    new_chart,
    render_svg,
    shorten_label,
)

STEP = 40
BAR = 14
LONGEST = 210
FUNNEL_STEP = 46
FUNNEL_BAR = 20
SHARES = 56
"""The width left for the shares at the right of a funnel, in SVG units."""
COLUMNS_HEIGHT = 150
FEW = 10
"""Up to this many columns, each has its number on top; if there are more, only the highest."""


def draw_bars(title: str, marks: Sequence[DataPoint], most: float | None = None) -> Markup:
    """Draw a horizontal bar for each point; `most` (default: the maximum) has the full length."""
    drawn = new_chart("bars", title, describe_points(marks), STEP * len(marks) + 4)
    most = most or max((mark.value or 0 for mark in marks), default=0) or 1
    for place, mark in enumerate(marks):
        top = STEP * place
        long = LONGEST * (mark.value or 0) / most
        add_text(drawn, (0, top + 13), shorten_label(mark.label))
        add_rectangle(drawn, (0, top + 19, LONGEST, BAR), "pic__ground")
        add_rectangle(drawn, (0, top + 19, long, BAR), "pic__bar")
        add_text(drawn, (LONGEST + 8, top + 31), mark.text, "pic__text pic__strong")
        add_text(drawn, (WIDTH, top + 31), mark.more, "pic__text pic__small pic__end")
    return render_svg(drawn)


def draw_funnel(title: str, marks: Sequence[DataPoint]) -> Markup:
    """Draw the points as centred bars that get shorter; the first is 100 %."""
    drawn = new_chart("funnel", title, describe_points(marks), FUNNEL_STEP * len(marks))
    whole = (marks[0].value if marks else 0) or 1
    for place, mark in enumerate(marks):
        top = FUNNEL_STEP * place
        long = WIDTH * (mark.value or 0) / whole
        add_rectangle(drawn, ((WIDTH - long) / 2, top + 20, long, FUNNEL_BAR), "pic__bar")
        add_text(drawn, (0, top + 15), shorten_label(mark.label))
        add_text(drawn, (WIDTH - SHARES, top + 15), mark.text, "pic__text pic__strong pic__end")
        add_text(drawn, (WIDTH, top + 15), mark.more, "pic__text pic__small pic__end")
    return render_svg(drawn)


def draw_columns(title: str, marks: Sequence[DataPoint]) -> Markup:
    """Draw a column for each point, from left to right, with its label below."""
    drawn = new_chart("columns", title, describe_points(marks), COLUMNS_HEIGHT + 40)
    most = max((mark.value or 0 for mark in marks), default=0) or 1
    wide = WIDTH / max(len(marks), 1)
    base = COLUMNS_HEIGHT + 18
    every = 1 + (len(marks) - 1) // 8
    for place, mark in enumerate(marks):
        tall = COLUMNS_HEIGHT * (mark.value or 0) / most
        middle = wide * (place + 0.5)
        add_rectangle(drawn, (wide * place + 1, base - tall, wide - 2, tall), "pic__bar")
        if mark.value and (len(marks) <= FEW or mark.value == most):
            add_text(
                drawn, (middle, base - tall - 4), mark.text, "pic__text pic__small pic__middle"
            )
        if place % every == 0:
            add_text(drawn, (middle, base + 16), mark.key, "pic__text pic__small pic__middle")
    add_line(drawn, [(0, base), (WIDTH, base)], "pic__axis")
    return render_svg(drawn)
