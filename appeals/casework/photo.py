"""One photo made anew, in a process of its own that may use only so much; run as a program.

`photo.py FOLDER` reads FOLDER/source and writes FOLDER/image and FOLDER/thumbnail: upright JPEGs
that hold nothing but pixels. What the file is, its content decides. It ends with 0; else the exit
code says why not (`PIXELS`; anything else means that it is no photo we can read). Hostile files
are expected here: nothing of ours is imported, and the parent's environment is not passed on.
"""

import resource
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS_MOST = 64_000_000
EDGE_MOST = 2560
THUMBNAIL_EDGE = 320
QUALITY = 85
MEMORY_MOST = 1 << 30
CPU_SECONDS = 5
FILE_MOST = 20 << 20
PIXELS = 3
"""The exit code for a picture of more pixels than we decode."""


def main(folder: Path) -> int:
    """Make the photo in `folder` anew; give the exit code."""
    _confine()
    Image.MAX_IMAGE_PIXELS = PIXELS_MOST
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(folder / "source", formats=FORMATS) as found:
            found.draft("RGB", (EDGE_MOST, EDGE_MOST))
            clean = _clean(found)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return PIXELS
    clean.save(folder / "image", "JPEG", quality=QUALITY)
    clean.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    clean.save(folder / "thumbnail", "JPEG", quality=QUALITY)
    return 0


def _confine() -> None:
    """Bound what a hostile file can make this process use."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_MOST),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_MOST),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _clean(found: Image.Image) -> Image.Image:
    """Give the picture upright, at most `EDGE_MOST` wide and high, on paper of our own.

    A new picture carries no metadata over; what is transparent becomes white.
    """
    colours = found.convert("RGBA" if found.has_transparency_data else "RGB")
    colours.thumbnail((EDGE_MOST, EDGE_MOST))
    upright = ImageOps.exif_transpose(colours)
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return paper


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
