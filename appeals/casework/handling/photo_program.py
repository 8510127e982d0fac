"""Decode one photo, as a program in a process of its own with limited memory and CPU time.

`photo_program.py FOLDER` reads FOLDER/source and writes FOLDER/image and FOLDER/thumbnail: upright
JPEGs without metadata. The format is decided by the content. Exit code 0 is success, `PIXELS` a
picture with too many pixels, `MEMORY` one that needs more memory than it may have, any other code
a file that cannot be read as a photo; the system ends a program that takes too much CPU time.
Hostile files are expected: nothing of ours is imported, and the parent's environment is not
passed on.
"""

import os
import resource
import sys
from pathlib import Path

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS_MOST = 50_000_000
JPEG_PIXELS_MOST = 120_000_000
"""A JPEG can be decoded at a half, a quarter or an eighth of its size, so it may be larger."""
REDUCIBLE = frozenset({"JPEG", "MPO"})
EDGE_MOST = 2560
THUMBNAIL_EDGE = 320
QUALITY = 85
MEMORY_MOST = 1 << 30
CPU_SECONDS = 5
FILE_MOST = 20 << 20
NICENESS = 5
"""Pages that people wait for get the processor first."""
PIXELS = 3
"""The exit code for a picture of more pixels than are decoded."""
MEMORY = 4
"""The exit code for a picture that does not fit into the memory."""


def main(folder: Path) -> int:
    """Write the photo's new files into `folder`; return the exit code."""
    os.nice(NICENESS)
    _limit_resources()
    Image.MAX_IMAGE_PIXELS = None  # checked here, by format, before anything is decoded
    with Image.open(folder / "source", formats=FORMATS) as source:
        reducible = source.format in REDUCIBLE
        if source.width * source.height > (JPEG_PIXELS_MOST if reducible else PIXELS_MOST):
            return PIXELS
        if reducible:
            _reduce_decoding(source)
        image = _make_image(source)
    image.save(folder / "image", "JPEG", quality=QUALITY)
    image.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    image.save(folder / "thumbnail", "JPEG", quality=QUALITY)
    return 0


def _limit_resources() -> None:
    """Limit what a hostile file can make this process use."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_MOST),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_MOST),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _reduce_decoding(source: Image.Image) -> None:
    """Have a JPEG decoded at the smallest scale whose longer edge is still `EDGE_MOST`."""
    longest = max(source.size)
    if longest > EDGE_MOST:
        width, height = (max(1, edge * EDGE_MOST // longest) for edge in source.size)
        source.draft("RGB", (width, height))


def _make_image(source: Image.Image) -> Image.Image:
    """Return the picture upright, at most `EDGE_MOST` wide and high, on white.

    A new picture carries no metadata over; what is transparent becomes white.
    """
    colours = source.convert("RGBA" if source.has_transparency_data else "RGB")
    colours.thumbnail((EDGE_MOST, EDGE_MOST))
    upright = ImageOps.exif_transpose(colours)
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    return paper


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except MemoryError:
        sys.exit(MEMORY)
