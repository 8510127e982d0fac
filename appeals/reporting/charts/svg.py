"""The SVG elements that the charts are made of; texts are escaped as they are written."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

WIDTH = 360
LABEL_CHARACTER_WIDTH, NARROW_CHARACTER_SHARE = 13, 0.55
"""The width of a Chinese character in SVG units, and that of other characters as a share of it."""
SHADES = 5
"""The number of colour shades: classes `pic__shade-0` to `pic__shade-4`."""
HATCH_STEP = 8
"""The distance between two lines of a hatching, along an axis, in SVG units."""
NOTE_HEIGHT = 22
"""The height that a note below a chart takes, in SVG units."""
CORNERS_OF_A_CUT = 2
"""Where a line cuts a convex polygon."""
Point = tuple[float, float]


@dataclass(frozen=True)
class DataPoint:
    """One point of a chart: its label, its value (None: nothing to draw), and its numbers.

    `text` is the value as displayed, `more` its numerator and denominator, such as "97 / 98"; `key`
    is the code or place by which the chart positions the point. A share of few cases (`is_few`) is
    hatched and never the darkest.
    """

    label: str
    value: float | None
    text: str
    more: str = ""
    key: str = ""
    is_few: bool = False


def new_chart(name: str, title: str, about: str, height: float) -> Element:
    """Return an empty chart; `about` is its description for screen readers."""
    drawn = Element(
        "svg",
        {
            "class": f"pic pic--{name}",
            "viewBox": f"0 0 {WIDTH} {format_length(height)}",
            "role": "img",
            "aria-label": f"{title}. {about}" if about else title,
        },
    )
    SubElement(drawn, "title").text = title
    SubElement(drawn, "desc").text = about
    return drawn


def add_rectangle(on: Element, box: tuple[float, float, float, float], look: str) -> None:
    """Draw a rectangle; `box` is x, y, width and height."""
    names = ("x", "y", "width", "height")
    SubElement(
        on, "rect", {**dict(zip(names, map(format_length, box), strict=True)), "class": look}
    )


def add_line(on: Element, points: Iterable[tuple[float, float]], look: str) -> None:
    """Draw a line through the points."""
    SubElement(on, "polyline", {"points": format_points(points), "class": look})


def add_polygon(on: Element, points: Iterable[tuple[float, float]], look: str) -> None:
    """Draw a filled polygon."""
    SubElement(on, "polygon", {"points": format_points(points), "class": look})


def add_hatching(on: Element, corners: Sequence[Point]) -> None:
    """Hatch a convex polygon with lines at 45 degrees, each cut at the polygon's edges."""
    sums = [x + y for x, y in corners]
    along = floor(min(sums) / HATCH_STEP + 1) * HATCH_STEP
    while along < max(sums):
        cut = _cut_edges(corners, along)
        if len(cut) >= CORNERS_OF_A_CUT:
            add_line(on, (min(cut), max(cut)), "pic__hatch")
        along += HATCH_STEP


def _cut_edges(corners: Sequence[Point], along: float) -> list[Point]:
    """Return where the line x + y = `along` cuts the edges of a polygon."""
    found = []
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        low, high = x1 + y1, x2 + y2
        if low != high and min(low, high) <= along <= max(low, high):
            share = (along - low) / (high - low)
            found.append((x1 + share * (x2 - x1), y1 + share * (y2 - y1)))
    return found


def add_note(on: Element, words: str) -> None:
    """Write a note below a chart, which gets that much taller."""
    *origin, width, height = map(float, on.attrib["viewBox"].split())
    add_text(on, (0, height + NOTE_HEIGHT - 8), words, "pic__text pic__small")
    on.set("viewBox", " ".join(map(format_length, (*origin, width, height + NOTE_HEIGHT))))


def add_dot(on: Element, at: tuple[float, float], look: str) -> None:
    """Draw a dot."""
    SubElement(
        on,
        "circle",
        {"cx": format_length(at[0]), "cy": format_length(at[1]), "r": "4", "class": look},
    )


def add_text(on: Element, at: tuple[float, float], words: str, look: str = "pic__text") -> None:
    """Draw a text; its class decides whether `at` is its start, middle or end."""
    SubElement(
        on, "text", {"x": format_length(at[0]), "y": format_length(at[1]), "class": look}
    ).text = words


def shorten_label(words: str) -> str:
    """Return a label cut to the chart's width, with an ellipsis; the description stays whole.

    A PDF does not clip a chart: a longer label would run over the page's edge.
    """
    room = WIDTH / LABEL_CHARACTER_WIDTH
    for n, char in enumerate(words):
        room -= 1 if unicodedata.east_asian_width(char) in "WF" else NARROW_CHARACTER_SHARE
        if room < 0:
            return f"{words[: n - 1]}…"
    return words


def render_svg(drawn: Element) -> Markup:
    """Return the chart as markup for a page."""
    return Markup(tostring(drawn, encoding="unicode", short_empty_elements=False))  # noqa: S704 - escaped there


def format_points(points: Iterable[tuple[float, float]]) -> str:
    """Return points in SVG's notation."""
    return " ".join(f"{format_length(x)},{format_length(y)}" for x, y in points)


def format_length(value: float) -> str:
    """Return a length with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def shade_class(value: float | None, low: float, high: float) -> str:
    """Return the CSS class for a value between the lowest and the highest; None has its own."""
    if value is None:
        return "pic__none"
    share = (value - low) / (high - low) if high > low else 1.0
    return f"pic__shade-{min(int(share * SHADES), SHADES - 1)}"


def describe_points(marks: Iterable[DataPoint]) -> str:
    """Return the points as a sentence for screen readers."""
    return "; ".join(" ".join(filter(None, (m.label, m.text, m.more))) for m in marks)
