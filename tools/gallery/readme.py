"""The pictures of the README and the tour: the top of some of the gallery's, in few colours."""

from PIL import Image

from tools.gallery.city import ROOT
from tools.gallery.walk import ON_WALL

GALLERY, FOLDER = ROOT / "var" / "gallery", ROOT / "docs" / "pictures"
SHOWN_PICTURES = (
    *("new-what-zh-phone", "new-about-zh-phone", "receipt-zh-phone"),
    *("appeal-in_hand-zh-phone", "appeal-closed-zh-phone"),
    *("centre-new-similar-zh-desktop", "centre-dispatcher-zh-desktop", "wall-zh-wall"),
    *("day-zh-desktop", "desk-case-zh-desktop"),
    *("team-zh-desktop", "admin-rules-tried-zh-desktop", "admin-department-preview-zh-desktop"),
    *("report-draft-zh-desktop", "public-report-zh-desktop"),
)
MAX_WIDTH = 1280
COLOURS = 64


def write_pictures() -> None:
    """Write the pictures, each as high as the screen that it was taken on."""
    FOLDER.mkdir(exist_ok=True)
    for name in SHOWN_PICTURES:
        with Image.open(GALLERY / f"{name}.png") as whole:
            height = ON_WALL[name.rsplit("-", 1)[1]]["height"]
            top = whole.convert("RGB").crop((0, 0, whole.width, min(height, whole.height)))
        top.thumbnail((MAX_WIDTH, height))
        top.quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    write_pictures()
