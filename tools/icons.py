"""`python -m tools.icons`: draws the PNG files of `static/` from the project's own drawings.

A telephone's first screen and other sites that show a link take no SVG. The files are committed;
a test compares them with what this draws.
"""

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path

import typst
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
STATIC = ROOT / "static"
DRAWINGS = ROOT / "templates" / "drawings"
BUILD = STATIC / "build"
MARK_WIDTH = 0.62
"""The mark's share of an icon's width: systems cut icons round."""
ICON_SIZES: Mapping[str, int] = {"touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}
SHARE_SIZE = (1200, 630)
PALETTE_COLOURS = 64


def draw_icon(size: int) -> bytes:
    """Draw the mark on sand, without round corners, as PNG."""
    shift = 32 * (1 - MARK_WIDTH) / 2
    shapes = "".join(re.findall(r"<path[^>]*>", (STATIC / "icon.svg").read_text("utf-8")))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<g transform="translate({shift} {shift}) scale({MARK_WIDTH})">{shapes}</g></svg>'
    )
    return _draw(svg, (size, size), _colour("sand"))


def draw_share_picture() -> bytes:
    """Draw the mark above the bay, as PNG: what other sites show beside a link."""
    style = (BUILD / "drawings.css").read_text("utf-8")
    bay = re.sub(r"</?svg[^>]*>", "", (DRAWINGS / "bay.svg").read_text("utf-8"))
    shapes = "".join(re.findall(r"<path[^>]*>", (STATIC / "icon.svg").read_text("utf-8")))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630"><style>{style}</style>'
        f'<g transform="translate(470 70) scale(8)">{shapes}</g>'
        f'<g class="bay" transform="translate(0 390)">{bay}</g></svg>'
    )
    return _draw(svg, SHARE_SIZE, _colour("sky"))


def draw_all() -> dict[str, bytes]:
    """Return every file by its name."""
    icons = {name: draw_icon(size) for name, size in ICON_SIZES.items()}
    return {**icons, "share.png": draw_share_picture()}


def _colour(name: str) -> str:
    colours: dict[str, dict[str, str]] = json.loads((BUILD / "colours.json").read_text("utf-8"))
    return colours[name]["light"]


def _draw(svg: str, size: tuple[int, int], ground: str) -> bytes:
    width, height = size
    page = (
        f'#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: rgb("{ground}"))\n'
        "#image(bytes(sys.inputs.svg), width: 100%, height: 100%)"
    )
    drawn = typst.compile(page.encode(), format="png", ppi=72, sys_inputs={"svg": svg})
    written = io.BytesIO()
    picture = Image.open(io.BytesIO(drawn)).convert("RGB")
    picture.quantize(PALETTE_COLOURS, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    for name, picture in draw_all().items():
        (STATIC / name).write_bytes(picture)
