"""Photos in storage: under their hash, first with their form, then with their move.

The octets that a person sends are never stored or served, but what `photo_decoding.py`
makes of them (Reliability 3, uploads). Files lie in a folder for the day on which they were kept,
so that a clean-up of past days meets no writer.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.cases.access import may_read_words
from appeals.casework.handling.form_keys import form_already_sent, hash_key, lock_form
from appeals.casework.photos.photo_decoding import (
    MAX_PHOTOS,
    DecodedUploads,
    Photo,
    too_many_photos,
)
from appeals.domain.refusals import Refused
from appeals.models.appeal import Appeal, Move
from appeals.models.attachment import Attachment, folders_of_day

UNFILED_LIFETIME = timedelta(days=1)
CLEANUP_DAYS = 7
"""How many past days' folders a clean-up looks through, so that a missed run is made up for."""

FILE_PHOTOS = (
    sa.update(Attachment)
    .where(Attachment.form_key_hash == sa.bindparam("form"), Attachment.appeal_id.is_(None))
    .values(appeal_id=sa.bindparam("appeal"), move_seq=sa.bindparam("seq"))
    .execution_options(synchronize_session=False)
)


def list_source_hashes(act: Act, form_key: str) -> Sequence[bytes]:
    """Return the source hashes of the form's photos: the same file is stored once."""
    return act.session.scalars(
        sa.select(Attachment.source_hash).where(Attachment.form_key_hash == hash_key(form_key))
    ).all()


def store_photos(act: Act, files: Path, form_key: str, decoded: DecodedUploads) -> list[Refused]:
    """Store the decoded photos with the form; return a refusal for each file that was not stored.

    Raises Refused (not now) if the form was sent before, without these photos.
    """
    refused = list(decoded.refused)
    if decoded.photos:
        hashed = hash_key(form_key)
        lock_form(act, hashed)
        _refuse_sent(act, hashed)
        room = MAX_PHOTOS - len(list_source_hashes(act, form_key))
        for n, (source, photo) in enumerate(decoded.photos.items()):
            if n < room:
                _store_photo(act, files, (hashed, source), photo)
            else:
                refused.append(too_many_photos(photo.upload))
    return refused


def list_form_photos(act: Act, form_key: str) -> Sequence[Attachment]:
    """Return the photos of a form that was not sent yet, in the order they were kept."""
    return act.session.scalars(
        sa.select(Attachment)
        .where(Attachment.form_key_hash == hash_key(form_key), Attachment.appeal_id.is_(None))
        .order_by(Attachment.id)
    ).all()


def find_form_photo(act: Act, form_keys: Sequence[str], photo_id: int) -> Attachment | None:
    """Return a photo that was not sent yet, to whoever holds the key of its form."""
    return act.session.scalar(
        sa.select(Attachment).where(
            Attachment.id == photo_id,
            Attachment.appeal_id.is_(None),
            Attachment.form_key_hash.in_([hash_key(key) for key in form_keys]),
        )
    )


def find_appeal_photo(act: Act, appeal: Appeal, photo_id: int) -> Attachment | None:
    """Give a photo of an appeal that the actor has opened, if it is one who may read the words."""
    if not may_read_words(act.actor, appeal):
        return None
    return act.session.scalar(
        sa.select(Attachment).where(Attachment.id == photo_id, Attachment.appeal_id == appeal.id)
    )


def remove_photo(act: Act, form_key: str, photo_id: int) -> None:
    """Take a photo out of a form that was not sent yet; its files go with the clean-up."""
    act.session.execute(
        sa.delete(Attachment).where(
            Attachment.id == photo_id,
            Attachment.form_key_hash == hash_key(form_key),
            Attachment.appeal_id.is_(None),
        )
    )


def file_photos(act: Act, form_key: str, move: Move) -> None:
    """File the photos of a form with the move that it made."""
    act.session.execute(
        FILE_PHOTOS, {"form": hash_key(form_key), "appeal": move.appeal_id, "seq": move.seq}
    )


class PhotoSize(StrEnum):
    """The files of a photo, as addresses name them."""

    SMALL = "small"
    LARGE = "large"
    ORIGINAL = "original"


def find_file(files: Path, photo: Attachment, size: PhotoSize) -> Path:
    """Return where a photo's file lies: the preview, where it has no other original."""
    days, originals = folders_of_day(files, photo.kept_at.astimezone(UTC).date())
    if size is PhotoSize.ORIGINAL and photo.original is not None:
        return originals / photo.original
    return days / (photo.thumbnail if size is PhotoSize.SMALL else photo.image)


def delete_unfiled_photos(act: Act, files: Path) -> int:
    """Delete photos that were not filed within a day, and files that no row names.

    Only folders of past days are looked through: nobody writes there any more. Returns how many
    files were deleted.
    """
    act.session.execute(
        sa.delete(Attachment).where(
            Attachment.appeal_id.is_(None), Attachment.kept_at < act.now - UNFILED_LIFETIME
        )
    )
    today = act.now.date()
    return sum(
        _delete_unnamed_files(act, files, today - timedelta(days=ago))
        for ago in range(1, CLEANUP_DAYS + 1)
    )


def _refuse_sent(act: Act, hashed: bytes) -> None:
    sent = act.session.scalar(sa.select(Appeal.id).where(Appeal.form_key_hash == hashed))
    if sent is not None:
        raise form_already_sent(None)


def _store_photo(act: Act, files: Path, of: tuple[bytes, bytes], photo: Photo) -> None:
    """Write the files, then the row: a row never names a file that is not on the disk."""
    folder, originals = folders_of_day(files, act.now.astimezone(UTC).date())
    hashed, source = of
    original = _store_file(originals, photo.original) if photo.original is not None else None
    act.session.execute(
        insert(Attachment)
        .values(
            form_key_hash=hashed,
            source_hash=source,
            image=_store_file(folder, photo.image),
            thumbnail=_store_file(folder, photo.thumbnail),
            original=original,
            changes=list(photo.changes),
            kept_at=act.now,
        )
        .on_conflict_do_nothing()
    )


def _store_file(folder: Path, octets: bytes) -> str:
    """Write a file under its hash, whole or not at all, and through to the disk; give its name."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)
    name, half = hashlib.sha256(octets).hexdigest(), folder / f".{secrets.token_hex(8)}"
    with half.open("xb") as out:
        half.chmod(0o600)
        out.write(octets)
        out.flush()
        os.fsync(out.fileno())
    half.replace(folder / name)
    _sync_folder(folder)
    return name


def _sync_folder(folder: Path) -> None:
    """Write a folder's entries through to the disk: a synced file may else lose its name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _delete_unnamed_files(act: Act, files: Path, day: date) -> int:
    folders = [each for each in folders_of_day(files, day) if each.is_dir()]
    if not folders:
        return 0
    start = datetime.combine(day, datetime.min.time(), act.now.tzinfo)
    rows = act.session.execute(
        sa.select(Attachment.image, Attachment.thumbnail, Attachment.original).where(
            Attachment.kept_at >= start, Attachment.kept_at < start + timedelta(days=1)
        )
    )
    named = {name for row in rows for name in row}
    gone = [each for folder in folders for each in folder.iterdir() if each.name not in named]
    for each in gone:
        each.unlink(missing_ok=True)
    return len(gone)
