"""Photos: decided by content, made anew, stored under their hash, filed with their move.

The octets that a citizen sends are never stored or served. Each is opened in a process of its own
(`casework/photo.py`) and made into a new JPEG without metadata (Reliability 3, uploads). Files lie
in a folder for the day on which they were kept, so that a clean-up of past days meets no writer.
"""

import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.casework.form_keys import already_sent, hash_key, lock
from appeals.domain.refusals import Refused, not_valid
from appeals.models.appeal import Appeal, Move
from appeals.models.attachment import Attachment

FIELD = "attachments"
PHOTOS_MOST = 5
DECODED_MOST = 2 * PHOTOS_MOST
"""How many files of one request are opened: a refused one costs as much as a good one."""
OCTETS_MOST = 10 << 20
SECONDS_MOST = 15
NAME_MOST = 40
UNFILED_KEPT = timedelta(days=1)
SWEPT = 7
"""How many past days' folders a clean-up looks through: one that was missed is made up for."""
ONE_AT_A_TIME = Lock()
"""A process decodes one photo at a time: each takes a core, and hundreds of megabytes."""
PROGRAM = Path(__file__).with_name("photo.py")
PIXELS = 3
"""The exit code of that program for a picture with too many pixels."""

ATTACH = (
    sa.update(Attachment)
    .where(Attachment.form_key_hash == sa.bindparam("form"), Attachment.appeal_id.is_(None))
    .values(appeal_id=sa.bindparam("appeal"), move_seq=sa.bindparam("seq"))
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Upload:
    """One file as it was sent: the name that the browser claims, and its octets."""

    name: str
    octets: bytes

    @property
    def called(self) -> str:
        """Give the name as the person knows it: no folder, nothing unprintable, not too long."""
        last = self.name.replace("\\", "/").rsplit("/", 1)[-1]
        shown = "".join(each for each in last if each.isprintable())
        return shown if len(shown) <= NAME_MOST else f"{shown[:NAME_MOST]}…"


@dataclass(frozen=True)
class Clean:
    """A photo made anew: the JPEG, and a small one of it."""

    image: bytes
    thumbnail: bytes


def keep(act: Act, files: Path, form_key: str, uploads: Sequence[Upload]) -> list[Refused]:
    """Keep the photos among `uploads` for the form; give a refusal for each that is none.

    The same file is kept once, however often it is sent. Nothing is locked while files are
    decoded. Raises Refused (not now) if the form was sent before, without these photos.
    """
    hashed = hash_key(form_key)
    known = set(_sources(act, hashed))
    refused, made = list[Refused](), dict[bytes, tuple[Upload, Clean]]()
    for opened, upload in enumerate(uploads):
        source = hashlib.sha256(upload.octets).digest()
        if source in known or source in made:
            continue
        try:
            if len(known) + len(made) >= PHOTOS_MOST or opened >= DECODED_MOST:
                raise _too_many(upload)
            made[source] = upload, clean(upload)
        except Refused as problem:
            refused.append(problem)
    if made:
        lock(act, hashed)
        _refuse_sent(act, hashed)
        room = PHOTOS_MOST - len(_sources(act, hashed))
        for n, (source, (upload, photo)) in enumerate(made.items()):
            if n < room:
                _keep_one(act, files, (hashed, source), photo)
            else:
                refused.append(_too_many(upload))
    return refused


def clean(upload: Upload) -> Clean:
    """Make a photo anew. Raises Refused (not valid) for what is no photo, or too much of one."""
    if len(upload.octets) > OCTETS_MOST:
        raise not_valid(
            FIELD,
            f"“{upload.called}”超过10 MB，没有保存。请选小一些的照片。",
            f"“{upload.called}” is larger than 10 MB and was not kept. Choose a smaller photo.",
        )
    with tempfile.TemporaryDirectory(prefix="photo-") as name:
        folder = Path(name)
        (folder / "source").write_bytes(upload.octets)
        with ONE_AT_A_TIME:
            code = _run(folder)
        if code == 0:
            return Clean((folder / "image").read_bytes(), (folder / "thumbnail").read_bytes())
    if code == PIXELS:
        raise not_valid(
            FIELD,
            f"“{upload.called}”的像素太多，没有保存。请选尺寸小一些的照片。",
            f"“{upload.called}” has too many pixels and was not kept. Choose a smaller photo.",
        )
    raise not_valid(
        FIELD,
        f"“{upload.called}”不是可以打开的照片，没有保存。请选JPEG、PNG或WebP照片。",
        f"“{upload.called}” is not a photo that can be opened and was not kept. "
        "Choose a JPEG, PNG or WebP photo.",
    )


def of_form(act: Act, form_key: str) -> Sequence[Attachment]:
    """Give the photos of a form that was not sent yet, in the order they were kept."""
    return act.session.scalars(
        sa.select(Attachment)
        .where(Attachment.form_key_hash == hash_key(form_key), Attachment.appeal_id.is_(None))
        .order_by(Attachment.id)
    ).all()


def of_forms(act: Act, form_keys: Sequence[str], photo_id: int) -> Attachment | None:
    """Give a photo that was not sent yet, to whoever holds the key of its form."""
    return act.session.scalar(
        sa.select(Attachment).where(
            Attachment.id == photo_id,
            Attachment.appeal_id.is_(None),
            Attachment.form_key_hash.in_([hash_key(key) for key in form_keys]),
        )
    )


def of_appeal(act: Act, appeal: Appeal, photo_id: int) -> Attachment | None:
    """Give a photo of an appeal that the actor has opened."""
    return act.session.scalar(
        sa.select(Attachment).where(Attachment.id == photo_id, Attachment.appeal_id == appeal.id)
    )


def remove(act: Act, form_key: str, photo_id: int) -> None:
    """Take a photo out of a form that was not sent yet; its files go with the clean-up."""
    act.session.execute(
        sa.delete(Attachment).where(
            Attachment.id == photo_id,
            Attachment.form_key_hash == hash_key(form_key),
            Attachment.appeal_id.is_(None),
        )
    )


def attach(act: Act, form_key: str, move: Move) -> None:
    """File the photos of a form with the move that it made."""
    act.session.execute(
        ATTACH, {"form": hash_key(form_key), "appeal": move.appeal_id, "seq": move.seq}
    )


def path(files: Path, photo: Attachment, *, small: bool = False) -> Path:
    """Give where a photo's file lies."""
    return files / f"{photo.kept_at:%Y-%m-%d}" / (photo.thumbnail if small else photo.image)


def tidy(act: Act, files: Path) -> int:
    """Forget photos that were never filed, a day later, and delete files that no row names.

    Only folders of past days are looked through: nobody writes there any more. Gives how many
    files went.
    """
    act.session.execute(
        sa.delete(Attachment).where(
            Attachment.appeal_id.is_(None), Attachment.kept_at < act.now - UNFILED_KEPT
        )
    )
    today = act.now.date()
    return sum(_sweep(act, files, today - timedelta(days=ago)) for ago in range(1, SWEPT + 1))


def _run(folder: Path) -> int:
    """Run the program over a folder; give its exit code, or that of a process that was stopped."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program; the folder's name is ours too
            [sys.executable, "-I", PROGRAM, folder],
            env={},
            check=False,
            capture_output=True,
            timeout=SECONDS_MOST,
        )
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode


def _sources(act: Act, hashed: bytes) -> Sequence[bytes]:
    return act.session.scalars(
        sa.select(Attachment.source_hash).where(Attachment.form_key_hash == hashed)
    ).all()


def _refuse_sent(act: Act, hashed: bytes) -> None:
    number = act.session.scalar(sa.select(Appeal.number).where(Appeal.form_key_hash == hashed))
    if number is not None:
        raise already_sent(number)


def _too_many(upload: Upload) -> Refused:
    return not_valid(
        FIELD,
        f"最多{PHOTOS_MOST}张照片，“{upload.called}”没有保存。",
        f"At most {PHOTOS_MOST} photos can be added: “{upload.called}” was not kept.",
    )


def _keep_one(act: Act, files: Path, of: tuple[bytes, bytes], photo: Clean) -> None:
    """Write both files, then the row: a row never names a file that is not on the disk."""
    folder = files / f"{act.now:%Y-%m-%d}"
    hashed, source = of
    act.session.execute(
        insert(Attachment)
        .values(
            form_key_hash=hashed,
            source_hash=source,
            image=_store(folder, photo.image),
            thumbnail=_store(folder, photo.thumbnail),
            kept_at=act.now,
        )
        .on_conflict_do_nothing()
    )


def _store(folder: Path, octets: bytes) -> str:
    """Write a file under its hash, whole or not at all, and through to the disk; give its name."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync(folder.parent)
    name, half = hashlib.sha256(octets).hexdigest(), folder / f".{secrets.token_hex(8)}"
    with half.open("xb") as out:
        half.chmod(0o600)
        out.write(octets)
        out.flush()
        os.fsync(out.fileno())
    half.replace(folder / name)
    _sync(folder)
    return name


def _sync(folder: Path) -> None:
    """Write a folder's entries through to the disk: a synced file may else lose its name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sweep(act: Act, files: Path, day: date) -> int:
    folder = files / day.isoformat()
    if not folder.is_dir():
        return 0
    start = datetime.combine(day, datetime.min.time(), act.now.tzinfo)
    rows = act.session.execute(
        sa.select(Attachment.image, Attachment.thumbnail).where(
            Attachment.kept_at >= start, Attachment.kept_at < start + timedelta(days=1)
        )
    )
    named = {name for row in rows for name in row}
    gone = [each for each in folder.iterdir() if each.name not in named]
    for each in gone:
        each.unlink(missing_ok=True)
    return len(gone)
