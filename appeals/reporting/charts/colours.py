"""The colours of `static/_tokens.scss` by name, for the PDF and the style page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

COLOURS_FILE = Path(__file__).parents[3] / "static" / "build" / "colours.json"
"""Written by the build, with the stylesheets."""


@dataclass(frozen=True)
class TokenColour:
    """A colour as `#rrggbb`, on a light page or on paper, and on a dark page."""

    light: str
    dark: str


@cache
def load_colours() -> Mapping[str, TokenColour]:
    """Return every colour by its name, in the order of the file."""
    listed: dict[str, dict[str, str]] = json.loads(COLOURS_FILE.read_text("utf-8"))
    return {name: TokenColour(**values) for name, values in listed.items()}
