"""Decodes one photo, run as a program in its own process with limited memory and CPU time.

`photo_program.py FOLDER` reads FOLDER/source and writes upright JPEGs without metadata: the preview
FOLDER/image, FOLDER/thumbnail and, where the preview is smaller than the picture, the full picture
FOLDER/original, unless that takes far more room than FOLDER/source. FOLDER/changes lists what was
changed in the picture, one `PhotoChange` (`domain/vocabulary.py`) a line. The format is detected
from the content.

Exit code 0 is success, `PIXELS` a picture with too many pixels, `MEMORY` one that needs too much
memory, `DAMAGED` one of which only a part can be read, and any other code a file that is no photo.
The system kills the program if it takes too much CPU time. Because files may be hostile, nothing of
ours is imported and the parent's environment is not passed on.
"""

import io
import os
import re
import resource
import struct
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageCms
from pillow_heif import register_heif_opener

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MAX_PIXELS = 50_000_000
MAX_JPEG_PIXELS = 120_000_000
"""A JPEG of more than `MAX_PIXELS` is decoded at half its width and height."""
REDUCIBLE = frozenset({"JPEG", "MPO"})
ANIMATED = frozenset({"PNG", "WEBP"})
"""Formats with animations; additional pictures in an MPO or HEIF show the same scene."""
MAX_PREVIEW_SHORT_EDGE = 1920
MAX_PREVIEW_PIXELS = 12_000_000
"""Long screenshots stay readable: the long edge is limited only by the area."""
MAX_JPEG_EDGE = 65_000
THUMBNAIL_EDGE = 320
THUMBNAIL_RATIO = 2
"""A picture with a larger ratio of its edges is cropped to its beginning for the thumbnail."""
PREVIEW_QUALITIES, ORIGINAL_QUALITIES = (85, 65, 45), (90, 70, 50)
"""JPEG qualities, tried in turn until the file is small enough."""
MIN_SOURCE_BYTES, EXTRA_BYTES = 4 << 20, 1 << 20
"""Preview and original together may take `EXTRA_BYTES` more than the uploaded file; a file
smaller than `MIN_SOURCE_BYTES` counts as that large."""
MAX_MEMORY_BYTES = 1 << 30
MAX_CPU_SECONDS = 5
MAX_FILE_BYTES = 12 << 20
HOPELESS_SIZE_RATIO = 3  # times too large: no lower quality will fit
NICENESS = 5
"""Requests for pages get the CPU first."""
PIXELS, MEMORY, DAMAGED = 3, 4, 5
"""The exit codes; `photo_decoding.py` has them too."""
GPS, ORIENTATION = 0x8825, 0x0112
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that makes a picture upright, by its EXIF orientation."""
SCAN = b"\xda"
"""The marker, after 0xFF, of a JPEG scan: image data, or some of its coefficients."""
COEFFICIENTS = 64
SRGB_UTF_16 = "sRGB".encode("utf-16-be")
JPEG_END = b"\xff\xd9"
FILLER = bytes(range(1, 255)) * 300
"""Data that decodes to something different from what a truncated JPEG lacks."""
LAST_BLOCK_ROWS = 16
"""Height in pixels of the last row of blocks, which is all that a repaired JPEG may lack."""
STRIP_ROWS = 256
"""How many rows of two pictures are compared at a time, to limit memory."""
DECODING_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    RuntimeError,
    EOFError,
    TypeError,
    KeyError,
    struct.error,
)
"""What Pillow and libheif raise for unreadable data."""


def main(folder: Path) -> int:
    """Write the photo's new files into `folder`; return the exit code."""
    os.nice(NICENESS)
    _limit_resources()
    Image.MAX_IMAGE_PIXELS = None  # checked here, by format, before anything is decoded
    changes: list[str] = []
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    with Image.open(folder / "source", formats=FORMATS) as source:
        most = MAX_JPEG_PIXELS if source.format in REDUCIBLE else MAX_PIXELS
        if source.width * source.height > most:
            return PIXELS
        exif = _read_exif(source)
        try:
            picture = _decode_pixels(source, folder / "source", changes)
        except DECODING_ERRORS:
            return DAMAGED
    _convert_to_srgb(picture, source.info.get("icc_profile"))
    picture = _make_upright(picture, exif, changes)
    _save_files(picture, folder, changes)
    (folder / "changes").write_text("\n".join(changes))
    return 0


def _limit_resources() -> None:
    """Limit the resources of this process against hostile files."""
    for what, most in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _read_exif(source: Image.Image) -> Image.Exif:
    """Return the EXIF data, empty if it cannot be read."""
    try:
        exif = source.getexif()
        exif.get_ifd(GPS)
    except DECODING_ERRORS:
        return Image.Exif()
    return exif


def _decode_pixels(source: Image.Image, path: Path, changes: list[str]) -> Image.Image:
    """Return the picture, or its first frame, in RGB on white."""
    if source.format == "HEIF":
        changes.append("converted")
    if source.format in ANIMATED and getattr(source, "n_frames", 1) > 1:
        changes.append("first_frame")
    _reduce_decoding(source, changes)
    try:
        source.load()
    except DECODING_ERRORS:
        if source.format not in REDUCIBLE:
            raise
        changes.append("mended")
        return _repair_jpeg(path, source.size)
    return _put_on_white(_scale_to_eight_bits(source), changes)


def _reduce_decoding(source: Image.Image, changes: list[str]) -> None:
    """Let a JPEG of more than `MAX_PIXELS` decode at half its width and height."""
    if source.width * source.height > MAX_PIXELS:
        source.draft("RGB", (source.width // 2, source.height // 2))
        changes.append("reduced")


def _repair_jpeg(cut: Path, size: tuple[int, int]) -> Image.Image:
    """Decode a truncated JPEG. Raises OSError if more than its last blocks are missing.

    A decoder fills in missing data silently. So the file is decoded twice with different data
    appended: where both pictures are equal, the file's own data was sufficient.
    """
    octets, pictures = cut.read_bytes(), []
    for added in (JPEG_END, FILLER + JPEG_END):
        with Image.open(io.BytesIO(octets + added), formats=FORMATS) as source:
            if not _has_every_scan(octets, len(source.getbands())):
                raise OSError("a scan is missing")
            source.draft("RGB", size)
            pictures.append(source.convert("RGB"))
    width, height = pictures[0].size
    for top in range(0, height - LAST_BLOCK_ROWS, STRIP_ROWS):
        strip = (0, top, width, min(top + STRIP_ROWS, height - LAST_BLOCK_ROWS))
        if ImageChops.difference(*(each.crop(strip) for each in pictures)).getbbox():
            raise OSError("rows are missing")
    return pictures[0]


def _has_every_scan(octets: bytes, bands: int) -> bool:
    """Return whether each band of a JPEG has a scan for every coefficient (ITU-T T.81, G.1.1)."""
    at, found = 2, dict[int, set[int]]()
    while octets[at + 1 : at + 2] not in {SCAN, b""}:
        at += 2 + int.from_bytes(octets[at + 2 : at + 4])
    for scan in re.finditer(rb"\xff\xda..(.)", octets[at:], re.DOTALL):
        start, of = at + scan.end(), 2 * scan[1][0]
        first, last, precision = octets[start + of : start + of + 3].ljust(3, b"\1")
        if precision % 16 == 0:  # full precision: no later scan refines it
            for band in octets[start : start + of : 2]:
                found.setdefault(band, set()).update(range(first, last + 1))
    return [len(each) for each in found.values()] == [COEFFICIENTS] * bands


def _scale_to_eight_bits(picture: Image.Image) -> Image.Image:
    """Scale a grey picture from 16 to 8 bits a pixel; a plain conversion would turn it white."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.point(lambda grey: grey * (1 / 256)).convert("L")


def _put_on_white(picture: Image.Image, changes: list[str]) -> Image.Image:
    """Return the picture in RGB with transparency replaced by white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    transparent = picture.convert("RGBA")
    alpha = transparent.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return transparent.convert("RGB")
    changes.append("flattened")
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(transparent, mask=alpha)
    return paper


def _convert_to_srgb(picture: Image.Image, profile: bytes | None) -> None:
    """Convert the colours from the picture's profile, such as Display P3, to sRGB."""
    if not profile or b"sRGB" in profile or SRGB_UTF_16 in profile:
        return
    try:
        wide = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ImageCms.profileToProfile(picture, wide, ImageCms.createProfile("sRGB"), inPlace=True)
    except (ImageCms.PyCMSError, *DECODING_ERRORS):
        return  # the profile is unreadable or for another colour mode: keep the colours


def _make_upright(picture: Image.Image, exif: Image.Exif, changes: list[str]) -> Image.Image:
    """Turn the picture upright and drop its metadata."""
    if turn := TRANSPOSITIONS.get(exif.get(ORIENTATION, 1)):
        picture = picture.transpose(turn)
        changes.append("turned")
    if exif.get_ifd(GPS):
        changes.append("position_removed")
    picture.info = {}  # Pillow would write it into the new files
    return picture


def _save_files(picture: Image.Image, folder: Path, changes: list[str]) -> None:
    """Write original, preview and thumbnail, in little more room than `source` takes.

    If that is not enough for the original, it is left out.
    """
    room = max((folder / "source").stat().st_size, MIN_SOURCE_BYTES) + EXTRA_BYTES
    original = _scale_to_fit(picture, MAX_JPEG_EDGE, picture.width * picture.height)
    if original.size != picture.size and "reduced" not in changes:
        changes.append("reduced")
    preview = _scale_to_fit(original, MAX_PREVIEW_SHORT_EDGE, MAX_PREVIEW_PIXELS)
    is_all = preview.size == original.size
    image = _encode_jpeg(original, ORIGINAL_QUALITIES, room) if is_all else None
    if image is None:
        image = _encode_preview(preview, room // 2)
        whole = _encode_jpeg(original, ORIGINAL_QUALITIES, room - len(image))
        if whole is not None:
            (folder / "original").write_bytes(whole)
        else:
            changes.append("preview_only")
    (folder / "image").write_bytes(image)
    width, height = preview.size
    beginning = min(width, THUMBNAIL_RATIO * height), min(height, THUMBNAIL_RATIO * width)
    small = preview.crop((0, 0, *beginning))
    small.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    small.save(folder / "thumbnail", "JPEG", quality=PREVIEW_QUALITIES[0])


def _encode_preview(picture: Image.Image, octets_most: int) -> bytes:
    """Encode a JPEG that fits, halving the picture's width and height until a quality is enough."""
    while (encoded := _encode_jpeg(picture, PREVIEW_QUALITIES, octets_most)) is None:
        picture = picture.reduce(2)
    return encoded


def _encode_jpeg(
    picture: Image.Image, qualities: tuple[int, ...], octets_most: int
) -> bytes | None:
    """Encode a JPEG of the first quality that fits; None if none does."""
    for quality in qualities:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality)
        if file.tell() <= octets_most:
            return file.getvalue()
        if (
            file.tell() > HOPELESS_SIZE_RATIO * octets_most
        ):  # every try costs the same, so do not try in vain
            return None
    return None


def _scale_to_fit(picture: Image.Image, short_edge_most: int, pixels_most: int) -> Image.Image:
    """Return the picture, scaled down if an edge or the area is too large."""
    width, height = picture.size
    scale = min(
        1.0,
        short_edge_most / min(width, height),
        MAX_JPEG_EDGE / max(width, height),
        (pixels_most / (width * height)) ** 0.5,
    )
    if scale == 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return picture.resize(size, reducing_gap=2.0)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except MemoryError:
        sys.exit(MEMORY)
