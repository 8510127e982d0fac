"""Every text can be read on its ground, light and dark; colours stand in one file alone."""

import re
from collections.abc import Iterator, Mapping

import pytest

from appeals.operations.built_files import ROOT
from appeals.reporting.charts.colours import load_colours

TOKENS = ROOT / "static" / "_tokens.scss"
LEAST_FOR_TEXT, LEAST_FOR_SHAPES = 4.5, 3.0
"""WCAG 2.2: 1.4.3 (text), 1.4.11 (what must be seen to understand a chart)."""
GROUNDS = ("page", "paper", "sky", "sand")
TEXT_PAIRS: Mapping[str, tuple[str, ...]] = {
    "ink": (
        *GROUNDS,
        *("amber-pale", "red-pale", "pine-pale"),
        *("shade-0", "shade-1", "shade-2", "shade-3", "shade-4"),
    ),
    "mist": (*GROUNDS, "amber-pale", "red-pale"),
    "sea": (*GROUNDS, "amber-pale", "red-pale"),
    "sea-strong": (*GROUNDS, "amber-pale", "red-pale"),
    "visited": (*GROUNDS, "amber-pale", "red-pale"),
    "roof": GROUNDS,
    "pine": ("page", "paper", "pine-pale"),
    "on-sea": ("sea", "sea-strong", "pine"),
    "on-deep": ("deep",),
    "on-roof": ("roof", "roof-strong"),
    "on-amber": ("amber",),
    "on-red": ("red",),
    "on-focus": ("focus",),
}
"""Which text stands on which ground."""
SHAPE_PAIRS: Mapping[str, tuple[str, ...]] = {
    "sea": ("page", "paper", "sky"),
    "roof": ("page", "paper", "sky"),
    "sea-strong": ("shade-4",),
}
"""Bars, lines and borders of charts, and their grounds."""
MODES = ("light", "dark")
HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
LITERALS_ON_PAPER = {"#000"}
"""Black, in rules for printing: a printer needs no colour for it."""


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, by WCAG's formula."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def list_faint_pairs(pairs: Mapping[str, tuple[str, ...]], mode: str, least: float) -> list[str]:
    colours = {name: str(getattr(each, mode)) for name, each in load_colours().items()}
    return [
        f"{mode}: {front} on {ground} {found:.2f}"
        for front, grounds in pairs.items()
        for ground in grounds
        if (found := contrast(colours[front], colours[ground])) < least
    ]


def list_pairs_of_rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield text and ground of each rule that sets both by our names."""
    for rule in re.findall(r"\{([^{}]*)\}", css):
        text = re.search(r"(?:^|;)color: ?var\(--([a-z0-9-]+)\)", rule)
        ground = re.search(r"(?:^|;)background(?:-color)?: ?var\(--([a-z0-9-]+)\)", rule)
        if text and ground:
            yield text[1], ground[1]


def test_the_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#ffffff") == 1


@pytest.mark.parametrize("mode", MODES)
def test_every_text_can_be_read_on_its_ground(mode: str) -> None:
    assert list_faint_pairs(TEXT_PAIRS, mode, LEAST_FOR_TEXT) == []


@pytest.mark.parametrize("mode", MODES)
def test_every_shape_of_a_chart_can_be_seen(mode: str) -> None:
    assert list_faint_pairs(SHAPE_PAIRS, mode, LEAST_FOR_SHAPES) == []


def test_every_rule_that_sets_text_and_ground_sets_a_pair_of_the_table() -> None:
    (stylesheet,) = (ROOT / "static" / "build").glob("theme.*.css")
    found = set(list_pairs_of_rules(stylesheet.read_text("utf-8")))
    assert len(found) > 8
    assert {f"{text} on {on}" for text, on in found if on not in TEXT_PAIRS.get(text, ())} == set()


def test_colours_are_written_in_one_file_alone() -> None:
    tokens, _, of_wall = TOKENS.read_text("utf-8").partition("$wall-colours")
    assert len(HEX.findall(tokens)) == 2 * len(load_colours())
    assert len(HEX.findall(of_wall)) > 10
    sources = [
        *(path for path in (ROOT / "static").glob("*.scss") if path != TOKENS),
        *(ROOT / "templates").rglob("*.typ"),
        *(ROOT / "appeals" / "reporting").rglob("*.py"),
    ]
    assert len(sources) > 20
    literals = {path.name: set(HEX.findall(path.read_text("utf-8"))) for path in sources}
    assert {name for name, each in literals.items() if each - LITERALS_ON_PAPER} == set()


def test_our_own_drawings_have_our_colours() -> None:
    known = {each.light for each in load_colours().values()}
    drawings = list((ROOT / "static").glob("*.svg"))
    assert drawings
    for path in drawings:
        assert set(HEX.findall(path.read_text("utf-8"))) <= known, path.name
