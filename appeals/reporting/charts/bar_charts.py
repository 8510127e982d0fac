"""Horizontal bars, columns and the funnel: lengths from zero, each with its numbers."""

from collections.abc import Sequence

from markupsafe import Markup

from appeals.reporting.charts.svg import (
    WIDTH,
    DataPoint,
    Point,
    add_hatching,
    add_line,
    add_note,
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
NUMBERS = 190
"""Where the numbers of a funnel end, right of their labels, in SVG units."""
COLUMNS_HEIGHT = 150
FEW = 10
"""Up to this many columns, each has its number on top; if there are more, only the highest."""


def draw_bars(
    title: str, marks: Sequence[DataPoint], most: float | None = None, few_note: str = ""
) -> Markup:
    """Draw a horizontal bar for each point; `most` (default: the maximum) has the full length.

    `few_note` explains the hatching below the chart, if a bar is hatched.
    """
    drawn = new_chart("bars", title, describe_points(marks), STEP * len(marks) + 4)
    most = most or max((mark.value or 0 for mark in marks), default=0) or 1
    for place, mark in enumerate(marks):
        top = STEP * place
        long = LONGEST * (mark.value or 0) / most
        add_text(drawn, (0, top + 13), shorten_label(mark.label))
        add_rectangle(drawn, (0, top + 19, LONGEST, BAR), "pic__ground")
        if mark.is_few:
            add_rectangle(drawn, (0, top + 19, long, BAR), "pic__few")
            add_hatching(drawn, _corners(0, top + 19, long, BAR))
        else:
            add_rectangle(drawn, (0, top + 19, long, BAR), "pic__bar")
        add_text(drawn, (LONGEST + 8, top + 31), mark.text, "pic__text pic__strong")
        add_text(drawn, (WIDTH, top + 31), mark.more, "pic__text pic__small pic__end")
    if few_note and any(mark.is_few for mark in marks):
        add_note(drawn, few_note)
    return render_svg(drawn)


def _corners(x: float, y: float, width: float, height: float) -> list[Point]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def draw_funnel(title: str, marks: Sequence[DataPoint]) -> Markup:
    """Draw the points as bars from the left that get shorter; the first is 100 %.

    `more` of a point says of what its share is one.
    """
    drawn = new_chart("funnel", title, describe_points(marks), FUNNEL_STEP * len(marks))
    whole = (marks[0].value if marks else 0) or 1
    for place, mark in enumerate(marks):
        top = FUNNEL_STEP * place
        long = WIDTH * (mark.value or 0) / whole
        add_rectangle(drawn, (0, top + 20, long, FUNNEL_BAR), "pic__bar")
        add_text(drawn, (0, top + 15), shorten_label(mark.label))
        add_text(drawn, (NUMBERS, top + 15), mark.text, "pic__text pic__strong pic__end")
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
