"""Storage of photos: first with their form, then with their move, in files named by their hash.

Uploaded bytes are never stored or served, only what `photo_decoding.py` makes of them (Reliability
3, uploads). Files are in one folder per day, so that a clean-up of past days never meets a writer.
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
"""How many past days a clean-up goes through, so that missed runs are caught up."""

FILE_PHOTOS = (
    sa.update(Attachment)
    .where(Attachment.form_key_hash == sa.bindparam("form"), Attachment.appeal_id.is_(None))
    .values(appeal_id=sa.bindparam("appeal"), move_seq=sa.bindparam("seq"))
    .execution_options(synchronize_session=False)
)


def list_source_hashes(act: Act, form_key: str) -> Sequence[bytes]:
    """Return the source hashes of the form's photos, to skip files that it already has."""
    return act.session.scalars(
        sa.select(Attachment.source_hash).where(Attachment.form_key_hash == hash_key(form_key))
    ).all()


def store_photos(act: Act, files: Path, form_key: str, decoded: DecodedUploads) -> list[Refused]:
    """Store the decoded photos with the form; return a refusal for each file that was not stored.

    Raises Refused (not now) if the form was already sent without these photos.
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
    """Return the photos of a form that is not sent yet, in the order they were stored."""
    return act.session.scalars(
        sa.select(Attachment)
        .where(Attachment.form_key_hash == hash_key(form_key), Attachment.appeal_id.is_(None))
        .order_by(Attachment.id)
    ).all()


def find_form_photo(act: Act, form_keys: Sequence[str], photo_id: int) -> Attachment | None:
    """Return a photo of a form that is not sent yet, if the caller has the form's key."""
    return act.session.scalar(
        sa.select(Attachment).where(
            Attachment.id == photo_id,
            Attachment.appeal_id.is_(None),
            Attachment.form_key_hash.in_([hash_key(key) for key in form_keys]),
        )
    )


def find_appeal_photo(act: Act, appeal: Appeal, photo_id: int) -> Attachment | None:
    """Return a photo of an appeal that the actor may see, if the actor may also read its text."""
    if not may_read_words(act.actor, appeal):
        return None
    return act.session.scalar(
        sa.select(Attachment).where(Attachment.id == photo_id, Attachment.appeal_id == appeal.id)
    )


def remove_photo(act: Act, form_key: str, photo_id: int) -> None:
    """Remove a photo from a form that is not sent yet; the clean-up deletes its files."""
    act.session.execute(
        sa.delete(Attachment).where(
            Attachment.id == photo_id,
            Attachment.form_key_hash == hash_key(form_key),
            Attachment.appeal_id.is_(None),
        )
    )


def file_photos(act: Act, form_key: str, move: Move) -> None:
    """File the photos of a form with the move that the form made."""
    act.session.execute(
        FILE_PHOTOS, {"form": hash_key(form_key), "appeal": move.appeal_id, "seq": move.seq}
    )


class PhotoSize(StrEnum):
    """The files of a photo, by the names that URLs use."""

    SMALL = "small"
    LARGE = "large"
    ORIGINAL = "original"


def find_file(files: Path, photo: Attachment, size: PhotoSize) -> Path:
    """Return the path of a photo's file; the preview serves as original where there is no other."""
    days, originals = folders_of_day(files, photo.kept_at.astimezone(UTC).date())
    if size is PhotoSize.ORIGINAL and photo.original is not None:
        return originals / photo.original
    return days / (photo.thumbnail if size is PhotoSize.SMALL else photo.image)


def delete_unfiled_photos(act: Act, files: Path) -> int:
    """Delete photos that were not filed within a day, and files that no row names.

    Only folders of past days are searched, because nobody writes there any more. Returns the number
    of files deleted.
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
    """Write the files before the row, so that a row never names a missing file."""
    folder, originals = folders_of_day(files, act.now.astimezone(UTC).date())
    hashed, source = of
    original = store_file(originals, photo.original) if photo.original is not None else None
    act.session.execute(
        insert(Attachment)
        .values(
            form_key_hash=hashed,
            source_hash=source,
            image=store_file(folder, photo.image),
            thumbnail=store_file(folder, photo.thumbnail),
            original=original,
            changes=list(photo.changes),
            kept_at=act.now,
        )
        .on_conflict_do_nothing()
    )


def store_file(folder: Path, octets: bytes) -> str:
    """Write a file under its hash, atomically and synced to disk; return its name."""
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
    """Sync a folder's entries to disk; otherwise a synced file could lose its name in a crash."""
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
