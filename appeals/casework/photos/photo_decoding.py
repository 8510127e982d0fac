"""Decodes uploaded photos: each file becomes new JPEGs without metadata.

Decoding takes seconds of CPU and hundreds of megabytes, and anybody may upload. So it is limited: a
process decodes one file at a time, few requests may wait for it, and after `MAX_REQUEST_SECONDS` a
request is asked to try again. Nothing here takes an `Act`: no transaction and no pooled connection
is held meanwhile.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from appeals.domain.messages import Message, message
from appeals.domain.refusals import Refused, RefusedKind, not_valid
from appeals.domain.vocabulary import PhotoChange

FIELD = "attachments"
MAX_PHOTOS = 5
MAX_DECODED_FILES = 2 * MAX_PHOTOS
"""How many files of one request are decoded; a refused file costs as much as a good one."""
MAX_UPLOAD_BYTES = 10 << 20
MAX_NAME_CHARACTERS = 40
MAX_REQUEST_SECONDS = 10
"""How long one request may wait for a decoder and decode, for all its files together."""
DECODERS = threading.BoundedSemaphore(1)
"""One file at a time per process."""
REQUESTS = threading.BoundedSemaphore(8)
"""Requests of a process that may decode or wait; the remaining threads serve pages."""
PROGRAM = Path(__file__).with_name("photo_program.py")
PIXELS, MEMORY, DAMAGED = 3, 4, 5
"""The program's exit codes: too many pixels, too much memory, only partly readable.

A negative code means that the system killed it, for example at its CPU limit.
"""
PHOTO_STARTS = re.compile(rb"\xff\xd8\xff|\x89PNG|RIFF....WEBP|....ftyp(he|mif1|msf1)", re.DOTALL)
"""The first bytes of the formats that are accepted as photos."""
OTHER_FORMATS = {
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"BM": "BMP",
    b"%PDF": "PDF",
}
"""The first bytes of formats often mistaken for photos; the refusal names the format."""


@dataclass(frozen=True)
class Upload:
    """One uploaded file: the name that the browser sent, and its bytes."""

    name: str
    octets: bytes

    @property
    def called(self) -> str:
        """The name to show: without folder, without unprintable characters, shortened."""
        last = self.name.replace("\\", "/").rsplit("/", 1)[-1]
        shown = "".join(each for each in last if each.isprintable())
        return shown if len(shown) <= MAX_NAME_CHARACTERS else f"{shown[:MAX_NAME_CHARACTERS]}…"

    @property
    def source_hash(self) -> bytes:
        """The SHA-256 of the file as uploaded."""
        return hashlib.sha256(self.octets).digest()


@dataclass(frozen=True)
class Photo:
    """A decoded photo: the JPEGs to store, and what was changed in the picture.

    `original` is the full picture, None where the preview `image` is no smaller.
    """

    upload: Upload
    image: bytes
    thumbnail: bytes
    original: bytes | None
    changes: tuple[PhotoChange, ...]

    @property
    def octets(self) -> int:
        """The bytes that its files take on disk."""
        return len(self.image) + len(self.thumbnail) + len(self.original or b"")


@dataclass
class DecodedUploads:
    """The outcome of one request: photos by the hash of their source, and refusals."""

    photos: dict[bytes, Photo] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


@contextmanager
def reserve_place() -> Iterator[None]:
    """Hold one of the places of `REQUESTS`. Raises Refused (too many) if none is free."""
    if not REQUESTS.acquire(blocking=False):
        raise _decoder_busy()
    try:
        yield
    finally:
        REQUESTS.release()


def decode_photos(uploads: Sequence[Upload], stored: Collection[bytes] = ()) -> DecodedUploads:
    """Decode the photos among `uploads`; a refused file does not stop the others.

    Args:
        uploads: The files of one request.
        stored: The source hashes of the form's photos so far; these files are skipped.
    """
    decoded, end = DecodedUploads(), time.monotonic() + MAX_REQUEST_SECONDS
    for n, upload in enumerate(uploads):
        source = upload.source_hash
        if source in stored or source in decoded.photos:
            continue
        try:
            if len(stored) + len(decoded.photos) >= MAX_PHOTOS or n >= MAX_DECODED_FILES:
                raise too_many_photos(upload)
            decoded.photos[source] = decode_photo(upload, end)
        except Refused as problem:
            decoded.refused.append(problem)
            if problem.kind is RefusedKind.TOO_MANY:
                break  # no time is left for the other files either
    return decoded


def decode_photo(upload: Upload, end: float) -> Photo:
    """Decode one photo until `end`, a moment of the monotonic clock.

    Raises Refused: not valid for a file that is no photo or too large; too many if no decoder was
    free or none finished in time.
    """
    if len(upload.octets) > MAX_UPLOAD_BYTES:
        raise not_valid(
            FIELD,
            message(
                "“%(name)s” is larger than 10 MB and was not kept. Choose a smaller photo.",
                name=upload.called,
            ),
        )
    if not DECODERS.acquire(timeout=max(0.0, end - time.monotonic())):
        raise _decoder_busy()
    try:
        with tempfile.TemporaryDirectory(prefix="photo-") as name:
            folder = Path(name)
            (folder / "source").write_bytes(upload.octets)
            code = _run_program(folder, end - time.monotonic())
            if code == 0:
                return _read_photo(upload, folder)
    finally:
        DECODERS.release()
    raise _not_decoded(upload, code)


def too_many_photos(upload: Upload) -> Refused:
    """Return the refusal of a photo for which the form has no room left."""
    return not_valid(
        FIELD,
        message(
            "At most %(most)s photos can be added: “%(name)s” was not kept.",
            most=MAX_PHOTOS,
            name=upload.called,
        ),
    )


def _run_program(folder: Path, seconds: float) -> int:
    """Run the program on a folder; return its exit code. Raises Refused (too many) on timeout."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the folder's name is ours too
            [sys.executable, "-I", PROGRAM, folder],
            env={},
            check=False,
            capture_output=True,
            timeout=max(0.0, seconds),
        )
    except subprocess.TimeoutExpired:
        raise _decoder_busy() from None
    return done.returncode


def _read_photo(upload: Upload, folder: Path) -> Photo:
    """Read the files that the program wrote."""
    original = folder / "original"
    return Photo(
        upload,
        (folder / "image").read_bytes(),
        (folder / "thumbnail").read_bytes(),
        original.read_bytes() if original.exists() else None,
        tuple(map(PhotoChange, (folder / "changes").read_text().split())),
    )


def _not_decoded(upload: Upload, code: int) -> Refused:
    return not_valid(FIELD, _explain_code(upload, code, upload.called))


def _explain_code(upload: Upload, code: int, name: str) -> Message:
    if code == PIXELS:
        return message(
            "“%(name)s” has too many pixels and was not kept. Choose a smaller photo.", name=name
        )
    if code == MEMORY or code < 0:
        return message(
            "“%(name)s” is too large to be processed and was not kept. Make it smaller, "
            "or choose another photo.",
            name=name,
        )
    if code == DAMAGED or PHOTO_STARTS.match(upload.octets):
        return message(
            "“%(name)s” is incomplete, only a part of it can be read: it was not kept. "
            "Choose it again, or choose another photo.",
            name=name,
        )
    formats = OTHER_FORMATS.items()
    other = next((name for start, name in formats if upload.octets.startswith(start)), "")
    if other:
        return message(
            "“%(name)s” is a %(other)s file and was not kept. Save it as JPEG or PNG, or "
            "choose a screenshot of it.",
            name=name,
            other=other,
        )
    return message(
        "“%(name)s” is not a photo that can be opened and was not kept. Choose a JPEG, "
        "PNG, WebP or HEIC photo.",
        name=name,
    )


def _decoder_busy() -> Refused:
    return Refused(
        RefusedKind.TOO_MANY,
        message(
            "Many photos are being added just now, so not all of yours were kept. Choose the "
            "missing ones again in a minute: what you typed and the photos added before are "
            "still here."
        ),
        field=FIELD,
    )
