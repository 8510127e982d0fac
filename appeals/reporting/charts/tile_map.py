"""The tile map: a hexagon for each district, laid out as the districts lie (`city/tiles.csv`).

Real boundaries are published in China only with an approval number; tiles claim none.
"""

from collections.abc import Sequence
from functools import cache
from math import sqrt

from markupsafe import Markup

from appeals import city
from appeals.reporting.charts.svg import (
    DataPoint,
    Point,
    add_hatching,
    add_note,
    add_polygon,
    add_text,
    describe_points,
    new_chart,
    render_svg,
    shade_class,
)

WIDE = 102
TALL = 2 * WIDE / sqrt(3)
LINE = 15
ONE_LINE = 9
"""Characters of the longest name that fits on one line; a longer one breaks at its last space."""


@cache
def tile_positions() -> dict[str, tuple[int, int]]:
    """Return each tile's position: half tiles from the left, rows from the top."""
    return {row["code"]: (int(row["left"]), int(row["top"])) for row in city.read_rows("tiles")}


def draw_tile_map(
    title: str,
    marks: Sequence[DataPoint],
    water: str = "",
    few_note: str = "",
    line: float = LINE,
) -> Markup:
    """Draw a tile for each district that has a place, darker for a higher value; name the bay.

    A share of few cases is hatched and has no shade; `few_note` explains it below the map. `line`
    is the distance of the lines of text, in SVG units: more where the texts are larger.
    """
    known = tile_positions()
    placed = [(mark, known[mark.key]) for mark in marks if mark.key in known]
    rows = max((top for _, top in known.values()), default=0)
    drawn = new_chart("tiles", title, describe_points(marks), TALL * (0.75 * rows + 1) + 4)
    values = [m.value for m, _ in placed if m.value is not None and not m.is_few]
    low, high = min(values, default=0.0), max(values, default=0.0)
    for mark, place in placed:
        x, y = _tile_centre(place)
        shade = "pic__few" if mark.is_few else shade_class(mark.value, low, high)
        add_polygon(drawn, _hexagon(x, y), f"pic__tile {shade}")
        if mark.is_few:
            add_hatching(drawn, _hexagon(x, y))
        lines = [*_break_name(mark.label), *filter(None, (mark.text, mark.more))]
        for n, words in enumerate(lines):
            look = "pic__strong" if words == mark.text else "pic__small" if n else ""
            at = (x, y + line * (n - (len(lines) - 1) / 2) + line / 3)
            add_text(drawn, at, words, f"pic__text pic__middle {look}".rstrip())
    if water and "water" in known:
        x, y = _tile_centre(known["water"])
        for n, words in enumerate(_break_name(water)):
            add_text(drawn, (x, y + line * n), words, "pic__text pic__small pic__middle pic__water")
    if few_note and any(mark.is_few for mark, _ in placed):
        add_note(drawn, few_note)
    return render_svg(drawn)


def _tile_centre(place: tuple[int, int]) -> tuple[float, float]:
    left, top = place
    return WIDE * (left + 1) / 2 + 1, TALL * (0.75 * top + 0.5) + 2


def _hexagon(x: float, y: float) -> list[Point]:
    half, quarter = WIDE / 2 - 1.5, TALL / 4 - 0.75
    right = [(x, y - 2 * quarter), (x + half, y - quarter), (x + half, y + quarter)]
    return [*right, (x, y + 2 * quarter), (x - half, y + quarter), (x - half, y - quarter)]


def _break_name(name: str) -> list[str]:
    first, _, last = name.rpartition(" ")
    return [first, last] if first and len(name) > ONE_LINE else [name]
