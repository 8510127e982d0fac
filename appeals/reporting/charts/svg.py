"""The few elements that the pictures are made of; texts are escaped as they are written."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from markupsafe import Markup

WIDTH = 360
LABEL_CHARACTER_WIDTH, NARROW_CHARACTER_SHARE = 13, 0.55
"""How wide a Chinese letter is drawn, and another one in its parts."""
SHADES = 5
"""How many steps of colour there are: classes `pic__shade-0` to `pic__shade-4`."""


@dataclass(frozen=True)
class DataPoint:
    """One thing drawn: what it is called, its value (None: nothing to draw), and its numbers.

    `add_text` is what is printed of the value, `more` what it rests on, such as "97 / 98"; `key` is
    the code or place of the mark, where the picture lays its marks out by it.
    """

    label: str
    value: float | None
    text: str
    more: str = ""
    key: str = ""


def new_chart(name: str, title: str, about: str, height: float) -> Element:
    """Give an empty picture; `about` says what a reader who sees nothing should know."""
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
    """Draw a box of x, y, width and height."""
    names = ("x", "y", "width", "height")
    SubElement(
        on, "rect", {**dict(zip(names, map(format_length, box), strict=True)), "class": look}
    )


def add_line(on: Element, points: Iterable[tuple[float, float]], look: str) -> None:
    """Draw a line through the points."""
    SubElement(on, "polyline", {"points": format_points(points), "class": look})


def add_polygon(on: Element, points: Iterable[tuple[float, float]], look: str) -> None:
    """Fill what the points enclose."""
    SubElement(on, "polygon", {"points": format_points(points), "class": look})


def add_dot(on: Element, at: tuple[float, float], look: str) -> None:
    """Draw a dot."""
    SubElement(
        on,
        "circle",
        {"cx": format_length(at[0]), "cy": format_length(at[1]), "r": "4", "class": look},
    )


def add_text(on: Element, at: tuple[float, float], words: str, look: str = "pic__text") -> None:
    """Write words; where they start, end or have their middle is the class's to say."""
    SubElement(
        on, "text", {"x": format_length(at[0]), "y": format_length(at[1]), "class": look}
    ).text = words


def shorten_label(words: str) -> str:
    """Return a label as far as the drawing is wide, with an ellipsis; what is spoken stays whole.

    A picture in a document is clipped by nothing: a longer one would run over the page.
    """
    room = WIDTH / LABEL_CHARACTER_WIDTH
    for n, char in enumerate(words):
        room -= 1 if unicodedata.east_asian_width(char) in "WF" else NARROW_CHARACTER_SHARE
        if room < 0:
            return f"{words[: n - 1]}…"
    return words


def render_svg(drawn: Element) -> Markup:
    """Give the picture as it stands in a page."""
    return Markup(tostring(drawn, encoding="unicode", short_empty_elements=False))  # noqa: S704 - escaped there


def format_points(points: Iterable[tuple[float, float]]) -> str:
    """Give points as SVG writes them."""
    return " ".join(f"{format_length(x)},{format_length(y)}" for x, y in points)


def format_length(value: float) -> str:
    """Give a length to a tenth, without a zero that says nothing."""
    return f"{value:.1f}".removesuffix(".0")


def shade_class(value: float | None, low: float, high: float) -> str:
    """Give the class of a value between the lowest and the highest drawn; none has its own."""
    if value is None:
        return "pic__none"
    share = (value - low) / (high - low) if high > low else 1.0
    return f"pic__shade-{min(int(share * SHADES), SHADES - 1)}"


def describe_points(marks: Iterable[DataPoint]) -> str:
    """Give marks as a sentence for those who hear the page."""
    return "; ".join(" ".join(filter(None, (m.label, m.text, m.more))) for m in marks)
