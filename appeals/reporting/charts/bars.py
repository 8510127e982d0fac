"""Bars that lie, columns that stand, and the funnel: lengths from zero, each with its numbers."""

from collections.abc import Sequence

from markupsafe import Markup

from appeals.reporting.charts.svg import (
    WIDTH,
    Mark,
    canvas,
    done,
    line,
    rect,
    shorten_label,
    spoken,
    text,
)

STEP = 40
BAR = 14
LONGEST = 210
FUNNEL_STEP = 46
FUNNEL_BAR = 20
SHARES = 56
"""The room of the shares at the right of a funnel."""
COLUMNS_HEIGHT = 150
FEW = 10
"""Columns up to which each has its number on top; of more, the highest."""


def bars(title: str, marks: Sequence[Mark], most: float | None = None) -> Markup:
    """Draw a bar for each mark; the longest stands for `most`, by default the greatest value."""
    drawn = canvas("bars", title, spoken(marks), STEP * len(marks) + 4)
    most = most or max((mark.value or 0 for mark in marks), default=0) or 1
    for place, mark in enumerate(marks):
        top = STEP * place
        long = LONGEST * (mark.value or 0) / most
        text(drawn, (0, top + 13), shorten_label(mark.label))
        rect(drawn, (0, top + 19, LONGEST, BAR), "pic__ground")
        rect(drawn, (0, top + 19, long, BAR), "pic__bar")
        text(drawn, (LONGEST + 8, top + 31), mark.text, "pic__text pic__strong")
        text(drawn, (WIDTH, top + 31), mark.more, "pic__text pic__small pic__end")
    return done(drawn)


def funnel(title: str, marks: Sequence[Mark]) -> Markup:
    """Draw the marks as shrinking bars about one middle; the first is the whole."""
    drawn = canvas("funnel", title, spoken(marks), FUNNEL_STEP * len(marks))
    whole = (marks[0].value if marks else 0) or 1
    for place, mark in enumerate(marks):
        top = FUNNEL_STEP * place
        long = WIDTH * (mark.value or 0) / whole
        rect(drawn, ((WIDTH - long) / 2, top + 20, long, FUNNEL_BAR), "pic__bar")
        text(drawn, (0, top + 15), shorten_label(mark.label))
        text(drawn, (WIDTH - SHARES, top + 15), mark.text, "pic__text pic__strong pic__end")
        text(drawn, (WIDTH, top + 15), mark.more, "pic__text pic__small pic__end")
    return done(drawn)


def columns(title: str, marks: Sequence[Mark]) -> Markup:
    """Draw a column for each mark, from left to right, with its label below."""
    drawn = canvas("columns", title, spoken(marks), COLUMNS_HEIGHT + 40)
    most = max((mark.value or 0 for mark in marks), default=0) or 1
    wide = WIDTH / max(len(marks), 1)
    base = COLUMNS_HEIGHT + 18
    every = 1 + (len(marks) - 1) // 8
    for place, mark in enumerate(marks):
        tall = COLUMNS_HEIGHT * (mark.value or 0) / most
        middle = wide * (place + 0.5)
        rect(drawn, (wide * place + 1, base - tall, wide - 2, tall), "pic__bar")
        if mark.value and (len(marks) <= FEW or mark.value == most):
            text(drawn, (middle, base - tall - 4), mark.text, "pic__text pic__small pic__middle")
        if place % every == 0:
            text(drawn, (middle, base + 16), mark.key, "pic__text pic__small pic__middle")
    line(drawn, [(0, base), (WIDTH, base)], "pic__axis")
    return done(drawn)
