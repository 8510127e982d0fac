"""The README's pictures: the top of some of the gallery's, in few colours."""

from PIL import Image

from tools.gallery.city import ROOT
from tools.gallery.walk import WIDTHS

GALLERY, FOLDER = ROOT / "var" / "gallery", ROOT / "docs" / "pictures"
SHOWN_PICTURES = (
    "new-what-zh-phone",
    "appeal-in_hand-zh-phone",
    "desk-case-zh-desktop",
    "public-report-zh-desktop",
)
COLOURS = 64


def write_pictures() -> None:
    """Write the pictures, each as high as the screen that it was taken on."""
    FOLDER.mkdir(exist_ok=True)
    for name in SHOWN_PICTURES:
        with Image.open(GALLERY / f"{name}.png") as whole:
            height = WIDTHS[name.rsplit("-", 1)[1]]["height"]
            top = whole.convert("RGB").crop((0, 0, whole.width, min(height, whole.height)))
            top.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    write_pictures()
