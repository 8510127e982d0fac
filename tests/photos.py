"""Photos and what pretends to be one: the upload corpus of Reliability 3, made here."""

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from hashlib import shake_256
from pathlib import Path

from PIL import Image, ImageCms, PngImagePlugin
from pillow_heif import from_bytes, register_heif_opener

from appeals.act import Act
from appeals.casework.photos import attachments
from appeals.casework.photos.photo_decoding import Upload, decode_photos
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import PhotoChange

register_heif_opener()
GPS, SERIAL, MAKER, ORIENTATION = 0x8825, 0xA431, 0x010F, 0x0112
SECRETS = (b"SN-4711-0815", b"Secretphone", b"GPS", b"Exif", b"<script", b"ICC_PROFILE", b"http")
"""What no stored file may contain: serial number, maker, position, programs."""
TILE = 128
"""The edge of a tile of noise; a PNG's compression finds it again in the same row."""
SCRIPT = b"<script>alert(1)</script>"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


def picture(size: tuple[int, int] = (64, 48), mode: str = "RGB", seed: int = 0) -> Image.Image:
    """Give a picture that differs by `seed`."""
    made = Image.new("RGB", size, (seed * 37 % 256, seed * 91 % 256, seed * 53 % 256))
    made.paste((255, 220, 0), (0, 0, size[0] // 2, size[1] // 2))
    return made.convert(mode)


def saved(image: Image.Image, form: str, **how: object) -> bytes:
    """Give the file of a picture."""
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def exif(orientation: int = 1, seed: int = 0) -> Image.Exif:
    """Give what a telephone writes: where, with which one, and how it was held."""
    told = Image.Exif()
    told[MAKER] = "Secretphone"
    told[ORIENTATION] = orientation
    told.get_ifd(0x8769)[SERIAL] = f"SN-4711-0815-{seed}"
    place = told.get_ifd(GPS)
    place.update({1: "N", 2: (36.0, 4.0, 1.0), 3: "E", 4: (120.0, 22.0, 58.0)})
    return told


def jpeg(seed: int = 0, orientation: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """Give a photo as a telephone makes it."""
    return saved(picture(size, seed=seed), "JPEG", exif=exif(orientation, seed))


def chunk(kind: bytes, body: bytes) -> bytes:
    """Give one chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int) -> bytes:
    """Give a PNG that only claims its size."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


def text_bomb(times: int, octets: int) -> bytes:
    """Give a PNG with compressed texts that unpack to far more than they are."""
    whole = saved(picture(), "PNG")
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"A" * octets, 9)) * times
    return whole[:33] + bomb + whole[33:]


def real_bomb(edge: int) -> bytes:
    """Give a whole PNG of one colour with that many pixels at each edge."""
    rows = zlib.compressobj(9)
    line = b"\0" * (1 + edge // 8)
    packed = b"".join(rows.compress(line) for _ in range(edge)) + rows.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", edge, edge, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def flat_png(edge: int) -> bytes:
    """Return a PNG of one colour: small to send, large to decode."""
    return saved(Image.new("RGB", (edge, edge)), "PNG")


def store_uploads(act: Act, files: Path, form_key: str, uploads: Sequence[Upload]) -> list[Refused]:
    """Decode and store uploads with a form; return the refusals."""
    decoded = decode_photos(uploads, attachments.list_source_hashes(act, form_key))
    return attachments.store_photos(act, files, form_key, decoded)


def animated(form: str) -> bytes:
    """Give a moving picture."""
    frames = [picture(seed=n) for n in range(3)]
    return saved(frames[0], form, save_all=True, append_images=frames[1:])


def commented() -> bytes:
    """Give a JPEG whose comment is a program."""
    return saved(picture(), "JPEG", comment=SCRIPT)


def with_text() -> bytes:
    """Give a PNG with the telephone's serial number as a text."""
    told = PngImagePlugin.PngInfo()
    told.add_text("Serial", "SN-4711-0815")
    told.add_itxt("XML:com.adobe.xmp", SCRIPT.decode())
    return saved(picture(), "PNG", pnginfo=told, exif=exif())


def heic(seed: int = 0, orientation: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a photo as a telephone makes it that saves HEIC: its own box says how it was held."""
    drawn = picture(size, seed=seed)
    drawn.info["exif"] = exif(orientation, seed).tobytes()
    return saved(drawn, "HEIF", quality=90)


def ten_bit_heic() -> bytes:
    """Return a HEIC of ten bits a colour."""
    wide = b"".join(struct.pack("<H", colour << 8) for colour in picture().tobytes())
    out = io.BytesIO()
    from_bytes(mode="RGB;16", size=(64, 48), data=wide).save(out, quality=90)
    return out.getvalue()


def deep_png(channels: int) -> bytes:
    """Return a PNG of 16 bits a channel, grey or in colours, a third of full brightness."""
    row = b"\0" + struct.pack(">H", 0x5555) * channels * 64
    kind = {1: 0, 3: 2}[channels]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 16, kind, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(row * 48)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + body


def see_through_palette() -> bytes:
    """Return a PNG with a palette, of which the colour of its right half is transparent."""
    drawn = Image.new("P", (64, 48), 1)
    drawn.putpalette([255, 220, 0, 0, 0, 200])
    drawn.paste(0, (0, 0, 32, 48))
    return saved(drawn, "PNG", transparency=1)


def other_primaries() -> bytes:
    """Return a colour profile like sRGB, but for its red, which is called blue, and its blue."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"????", 1).replace(b"bXYZ", b"rXYZ", 1)
    return swapped.replace(b"????", b"bXYZ", 1).replace("sRGB".encode("utf-16-be"), b"\0W\0i\0d\0e")


def with_broken_exif() -> bytes:
    """Return a JPEG whose EXIF data leads nowhere."""
    return saved(picture(seed=44), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")


def screenshot(size: tuple[int, int] = (1080, 20_000)) -> bytes:
    """Return a long picture of a chat: thin dark lines on white, and one in colour at its start."""
    drawn = Image.new("RGB", size, "white")
    for top in range(0, size[1], 60):
        drawn.paste((20, 20, 20), (40, top + 20, size[0] - 40, top + 22))
    drawn.paste((255, 220, 0), (0, 0, 40, 40))
    return saved(drawn, "PNG")


def detailed(**how: object) -> bytes:
    """Return a JPEG with something in each block."""
    small = Image.frombytes("RGB", (40, 30), bytes(n * n * 31 % 251 for n in range(3_600)))
    return saved(small.resize((800, 600)), "JPEG", **how)


def noise(size: tuple[int, int]) -> Image.Image:
    """Return a picture that a PNG holds in little and a JPEG in much: one tile of noise, all over.

    `size` is a multiple of the tile's.
    """
    tile = (TILE, TILE)
    drawn = Image.new("RGB", size)
    drawn.paste(Image.frombytes("RGB", tile, shake_256().digest(3 * TILE * TILE)))
    for edge, at in ((size[0], 0), (size[1], 1)):
        done = TILE
        while done < edge:
            box = (done, size[1]) if at == 0 else (size[0], done)
            drawn.paste(drawn.crop((0, 0, *box)), (done, 0) if at == 0 else (0, done))
            done *= 2
    return drawn


CLEAN: dict[str, Callable[[], bytes]] = {
    "photo.jpg": jpeg,
    "gps and serial.jpg": lambda: jpeg(1),
    **{f"held {n}.jpg": lambda n=n: jpeg(n, n) for n in range(2, 9)},  # type: ignore[misc]  # bound
    "progressive.jpg": lambda: saved(picture(seed=20), "JPEG", progressive=True),
    "grey.jpg": lambda: saved(picture(mode="L"), "JPEG"),
    "cmyk.jpg": lambda: saved(picture(mode="CMYK"), "JPEG"),
    "comment.jpg": commented,
    "profile.jpg": lambda: saved(picture(seed=21), "JPEG", icc_profile=b"SN-4711-0815" * 40),
    "xmp.jpg": lambda: saved(picture(seed=22), "JPEG", xmp=SCRIPT),
    "html after the end.jpg": lambda: jpeg(23) + SCRIPT * 50,
    "zip after the end.jpg": lambda: jpeg(24) + b"PK\x03\x04 SN-4711-0815" * 50,
    "eicar after the end.jpg": lambda: jpeg(25) + EICAR,
    "a jpeg called png.png": lambda: jpeg(26),
    "a jpeg called svg.svg": lambda: jpeg(27),
    "a jpeg without an ending": lambda: jpeg(28),
    "../../etc/passwd": lambda: jpeg(29),
    "..\\..\\boot.ini.jpg": lambda: jpeg(30),
    "nul\0.jpg": lambda: jpeg(31),
    f"{'long' * 200}.jpg": lambda: jpeg(32),
    "照片😀.jpg": lambda: jpeg(33),
    "<script>.jpg": lambda: jpeg(34),
    "two\r\nlines.jpg": lambda: jpeg(35),
    "a.png": lambda: saved(picture(seed=40), "PNG"),
    "text.png": with_text,
    "palette.png": lambda: saved(picture(mode="P"), "PNG"),
    "one bit.png": lambda: saved(picture(mode="1"), "PNG"),
    "sixteen bit.png": lambda: saved(Image.new("I;16", (64, 48), 30000), "PNG"),
    "seen through.png": lambda: saved(picture(mode="RGBA", seed=41), "PNG"),
    "grey, seen through.png": lambda: saved(picture(mode="LA"), "PNG"),
    "moving.png": lambda: animated("PNG"),
    "html after the end.png": lambda: saved(picture(seed=42), "PNG") + SCRIPT,
    "a.webp": lambda: saved(picture(seed=50), "WEBP", exif=exif()),
    "moving.webp": lambda: animated("WEBP"),
    "lossless.webp": lambda: saved(picture(seed=51), "WEBP", lossless=True),
    "iphone.heic": lambda: heic(70),
    "a heic called jpg.jpg": lambda: heic(71),
    "thin.png": lambda: saved(picture((3000, 1), seed=43), "PNG"),
    "large.jpg": lambda: jpeg(36, 6, (4000, 3000)),
    "two pictures.jpg": lambda: saved(
        picture(seed=37), "MPO", save_all=True, append_images=[picture(seed=38)]
    ),
}
"""Photos, however odd: each is kept, and clean."""
NOISY: dict[str, tuple[Callable[[], bytes], list[PhotoChange]]] = {
    "49 megapixels.jpg": (
        lambda: saved(noise((7040, 7040)), "JPEG", quality=5), [PhotoChange.PREVIEW_ONLY]
    ),
    "11.8 megapixels.png": (
        lambda: saved(noise((1920, 6144)), "PNG", compress_level=1), []
    ),
    "5 megapixels.webp": (
        lambda: saved(noise((2560, 1920)), "WEBP", quality=1, method=0), []
    ),
    "ten megabytes.jpg": (lambda: saved(noise((4480, 3328)), "JPEG", quality=80), []),
}  # fmt: skip
"""Photos that take more room as a good JPEG than they did; what is said beside each."""
REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing.jpg": lambda: b"",
    "html.jpg": lambda: b"<!doctype html>" + SCRIPT,
    "drawing.svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
    "drawing.jpg": lambda: b'<?xml version="1.0"?><svg onload="alert(1)"/>',
    "gif and program.gif": lambda: saved(picture(), "GIF") + b"=1;alert(1);//",
    "gif called jpg.jpg": lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)",
    "moving.gif": lambda: animated("GIF"),
    "a.bmp": lambda: saved(picture(), "BMP"),
    "a.tiff": lambda: saved(picture(), "TIFF"),
    "a.ico": lambda: saved(picture(), "ICO"),
    "paper.pdf": lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
    "paper.jpg": lambda: saved(picture(), "PDF"),
    "program.jpg": lambda: b"MZ\x90\x00" + b"\0" * 500,
    "elf.png": lambda: b"\x7fELF" + b"\0" * 500,
    "zip.jpg": lambda: b"PK\x03\x04" + b"\0" * 500,
    "eicar.jpg": lambda: EICAR,
    "text.jpg": "这不是照片".encode,
    "postscript.jpg": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "cut.jpg": lambda: jpeg(60, size=(800, 600))[:2000],
    "cut.png": lambda: saved(picture((800, 600)), "PNG")[:300],
    "cut.webp": lambda: saved(picture((800, 600), seed=61), "WEBP")[:60],
    "progressive, cut.jpg": lambda: detailed(progressive=True)[:-9_000],
    "progressive, little left.jpg": lambda: detailed(progressive=True)[:4_000],
    "half.jpg": lambda: detailed()[:9_000],
    "cut.heic": lambda: heic(72, size=(800, 600))[:-900],
    "only a head.heic": lambda: heic(73)[:40],
    "a.avif": lambda: saved(picture(), "AVIF"),
    "only a head.jpg": lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01",
    "broken chunk.png": lambda: saved(picture(), "PNG").replace(b"IDAT", b"IDAX", 1),
    "claims 50000 x 50000.png": lambda: png_header(50_000, 50_000),
    "claims four milliards.png": lambda: png_header(0x7FFFFFFF, 0x7FFFFFFF),
    "really 10000 x 10000.png": lambda: real_bomb(10_000),
    "text bomb.png": lambda: text_bomb(1, 200 << 20),
    "many text bombs.png": lambda: text_bomb(200, 1 << 20),
    "over ten megabytes.jpg": lambda: jpeg(62) + b"\0" * (10 << 20),
    "no size.png": lambda: png_header(0, 0),
}
"""What is no photo, or too much of one: each is refused with a sentence."""
