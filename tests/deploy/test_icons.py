"""The committed PNG files are those that the drawings give, and the drawings stay small."""

import io
import re

import pytest
from PIL import Image, ImageChops

from appeals.operations.built_files import ROOT
from tools import icons

DRAWINGS = ROOT / "templates" / "drawings"
MOST_OCTETS_OF_THE_BAY = 10_000
MOST_OCTETS = {"share.png": 60_000}
"""Of a picture; of any other icon:"""
MOST_OCTETS_OF_AN_ICON = 8_000
TOLERANCE = 24
"""Levels of 255 by which another release of Typst may smooth an edge otherwise."""


@pytest.fixture(scope="module")
def drawn() -> dict[str, bytes]:
    """Draw every file anew."""
    return icons.draw_all()


@pytest.mark.parametrize("name", [*icons.ICON_SIZES, "share.png"])
def test_a_committed_picture_is_that_of_the_drawings(drawn: dict[str, bytes], name: str) -> None:
    committed = Image.open(ROOT / "static" / name).convert("L")
    again = Image.open(io.BytesIO(drawn[name])).convert("L")
    assert committed.size == again.size
    assert max(ImageChops.difference(committed, again).tobytes()) <= TOLERANCE, (
        "run `make assets` and `python -m tools.icons`"
    )


@pytest.mark.parametrize("name", [*icons.ICON_SIZES, "share.png"])
def test_a_committed_picture_is_small(name: str) -> None:
    most = MOST_OCTETS.get(name, MOST_OCTETS_OF_AN_ICON)
    assert (ROOT / "static" / name).stat().st_size <= most


def test_the_drawing_of_the_bay_takes_at_most_ten_kilobytes() -> None:
    assert (DRAWINGS / "bay.svg").stat().st_size <= MOST_OCTETS_OF_THE_BAY


def test_the_icon_and_the_mark_are_the_same_shapes() -> None:
    shapes = [
        re.findall(r'\bd="([^"]+)"', path.read_text("utf-8"))
        for path in (
            ROOT / "static" / "icon.svg",
            ROOT / "static" / "mark.svg",
            DRAWINGS / "mark.svg",
        )
    ]
    assert len(shapes[0]) == 2
    assert shapes[0] == shapes[1] == shapes[2]


def test_a_drawing_has_no_colour_of_its_own() -> None:
    drawings = list(DRAWINGS.glob("*.svg"))
    assert len(drawings) == 6
    for path in drawings:
        found = re.findall(
            r'\b(?:style|fill|stroke)="[^"]*"|#[0-9a-f]{3,6}', path.read_text("utf-8")
        )
        assert found == [], path.name
