"""Photos and documents of staff: checked, stored with the form, filed with its move.

Until the move is made a file belongs to its member of staff, case and action, so that it is there
on every machine, like the draft of an answer. The citizen sees the files of an answer that review
accepted; the files of notes are for staff who see the case.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.cases.access import may_read_words
from appeals.casework.answers.documents import document_name, read_document_type
from appeals.casework.answers.virus_scan import scan_upload
from appeals.casework.erasure.erasure import refuse_erased, release_staff_files
from appeals.casework.handling.form_keys import hash_key, lock_form
from appeals.casework.handling.moves import make_move
from appeals.casework.photos.attachments import CLEANUP_DAYS, PhotoSize, store_file
from appeals.casework.photos.photo_decoding import (
    FIELD,
    PHOTO_STARTS,
    Photo,
    Upload,
    decode_photo,
)
from appeals.domain.lifecycle import MOVE_RULES
from appeals.domain.messages import message
from appeals.domain.moves.context import MoveInput
from appeals.domain.people import STAFF
from appeals.domain.refusals import Refused, RefusedKind, not_now, not_valid
from appeals.domain.states import Action
from appeals.domain.vocabulary import FileShows
from appeals.models.answer import StaffFile, staff_folder_of_day
from appeals.models.appeal import Appeal, Move
from appeals.models.handling import Round

WITH_FILES = frozenset({Action.ANSWER, Action.NOTE})
"""The moves of staff that can bring files."""
MAX_FILES = 10
MAX_CHECK_SECONDS = 40
"""How long one request may decode and scan, for all its files together."""
UNFILED_LIFETIME = timedelta(days=30)
"""As long as the draft of an answer is kept."""
DOCUMENT = "document"
"""The name of a document in addresses, where a photo has its sizes."""


@dataclass(frozen=True)
class SentFile:
    """One uploaded file, and what it shows."""

    upload: Upload
    shows: FileShows


@dataclass(frozen=True)
class CheckedFile:
    """An uploaded file that may be stored: a photo, encoded again, or a document under its name."""

    sent: SentFile
    name: str
    photo: Photo | None


@dataclass(frozen=True)
class CheckedFiles:
    """The outcome of one request."""

    files: Sequence[CheckedFile]
    refused: Sequence[Refused]


def check_files(
    sent: Sequence[SentFile],
    stored: Collection[bytes],
    scan_command: Sequence[str],
    staff_id: int | None,
) -> CheckedFiles:
    """Check the files of one request; a refused file does not stop the others.

    Takes no act: no transaction is held while photos are decoded and files scanned. `stored` has
    the source hashes of the files that the form has already, which are skipped.
    """
    files, refused = list[CheckedFile](), list[Refused]()
    known, end = set(stored), time.monotonic() + MAX_CHECK_SECONDS
    for each in sent:
        if each.upload.source_hash in known:
            continue
        try:
            if len(known) >= MAX_FILES:
                raise too_many_files(each.upload)
            scan_upload(scan_command, each.upload, staff_id)
            files.append(_check_file(each, end))
            known.add(each.upload.source_hash)
        except Refused as problem:
            refused.append(problem)
            if problem.kind is RefusedKind.TOO_MANY:
                break  # the next ones would wait as long
    return CheckedFiles(files, refused)


def _check_file(sent: SentFile, end: float) -> CheckedFile:
    upload = sent.upload
    if PHOTO_STARTS.match(upload.octets):
        return CheckedFile(sent, upload.called, decode_photo(upload, end))
    return CheckedFile(sent, document_name(upload, read_document_type(upload)), None)


def too_many_files(upload: Upload) -> Refused:
    """Return the refusal of a file for which the form has no room left."""
    return not_valid(
        FIELD,
        message(
            "At most %(most)s files can be added: “%(name)s” was not kept.",
            most=MAX_FILES,
            name=upload.called,
        ),
    )


def list_source_hashes(act: Act, appeal: Appeal, action: Action) -> Sequence[bytes]:
    """Return the source hashes of the form's files, to skip files that it already has."""
    return act.session.scalars(
        sa.select(StaffFile.source_hash).where(*_unfiled(act, appeal, action))
    ).all()


def store_files(
    act: Act, folder: Path, appeal: Appeal, action: Action, checked: CheckedFiles
) -> list[Refused]:
    """Store the checked files with the form; return a refusal for each that was not stored.

    Raises Refused (not now) if the move is not possible (any more): nothing is stored then.
    """
    refused = list(checked.refused)
    lock_form(act, hash_key(f"staff files {appeal.id} {act.actor.staff_id} {action}"))
    act.session.refresh(appeal, with_for_update={"read": True})  # a move or erasure goes first
    refuse_erased(act, appeal.id)
    if appeal.state not in MOVE_RULES[action].start:
        raise not_now(message("The appeal has moved on, so your files were not kept."))
    room = MAX_FILES - len(list_source_hashes(act, appeal, action))
    for n, each in enumerate(checked.files):
        if n < room:
            _store_file(act, folder, appeal, action, each)
        else:
            refused.append(too_many_files(each.sent.upload))
    return refused


def _store_file(
    act: Act, folder: Path, appeal: Appeal, action: Action, checked: CheckedFile
) -> None:
    """Write the files before the row, so that a row never names a missing file."""
    day = staff_folder_of_day(folder, act.now.astimezone(UTC).date())
    upload, photo = checked.sent.upload, checked.photo
    full = photo.original if photo else None
    act.session.execute(
        insert(StaffFile)
        .values(
            appeal_id=appeal.id,
            staff_id=act.actor.staff_id,
            action=action.value,
            shows=checked.sent.shows,
            name=checked.name,
            octets=photo.octets if photo else len(upload.octets),
            source_hash=upload.source_hash,
            document=None if photo else store_file(day, upload.octets),
            image=store_file(day, photo.image) if photo else None,
            thumbnail=store_file(day, photo.thumbnail) if photo else None,
            original=store_file(day, full) if full is not None else None,
            stored_at=act.now,
        )
        .on_conflict_do_nothing()
    )


def remove_file(act: Act, appeal: Appeal, action: Action, file_id: int) -> None:
    """Remove a file from a form that is not sent yet."""
    release_staff_files(
        act, *_unfiled(act, appeal, action), sa.cast(StaffFile.id, sa.Text) == str(file_id)
    )


def make_move_with_files(act: Act, appeal: Appeal, action: Action, given: MoveInput) -> Move:
    """Make a move and file with it what its form has. Raises Refused as `make_move` does."""
    made = make_move(act, appeal, action, given)
    if action in WITH_FILES:
        act.session.execute(
            sa.update(StaffFile)
            .where(*_unfiled(act, appeal, action))
            .values(move_seq=made.seq)
            .execution_options(synchronize_session=False)
        )
    return made


def find_readable_file(act: Act, appeal: Appeal, file_id: int) -> StaffFile | None:
    """Return a file of an appeal that the actor may see, if the actor may open the file.

    A file that is not filed yet is opened by whoever added it, a note's by staff, an answer's also
    by the citizen once review has accepted the answer.
    """
    if not may_read_words(act.actor, appeal):
        return None
    accepted = sa.exists().where(
        Move.appeal_id == StaffFile.appeal_id,
        Move.seq == StaffFile.move_seq,
        Move.action == Action.ANSWER,
        Round.appeal_id == Move.appeal_id,
        Round.answered_at == Move.at,
    )
    own = sa.and_(StaffFile.move_seq.is_(None), StaffFile.staff_id == act.actor.staff_id)
    filed = StaffFile.move_seq.is_not(None)
    may_open = sa.or_(own, filed) if act.actor.role in STAFF else accepted
    return act.session.scalar(
        sa.select(StaffFile).where(
            StaffFile.id == file_id, StaffFile.appeal_id == appeal.id, may_open
        )
    )


def find_path(folder: Path, file: StaffFile, size: str) -> Path | None:
    """Return the path of a file of staff, by its `PhotoSize` or `DOCUMENT`; None for another."""
    day = staff_folder_of_day(folder, file.stored_at.astimezone(UTC).date())
    names = {
        PhotoSize.SMALL.value: file.thumbnail,
        PhotoSize.LARGE.value: file.image,
        PhotoSize.ORIGINAL.value: file.original or file.image,
        DOCUMENT: file.document,
    }
    name = names.get(size)
    return day / name if name else None


def delete_unfiled_files(act: Act, folder: Path) -> int:
    """Delete files that were not filed within a month, and files on disk that no row names.

    Only folders of past days are searched, because nobody writes there any more. Returns the number
    of files on disk that were deleted.
    """
    old = act.now - UNFILED_LIFETIME
    release_staff_files(act, StaffFile.move_seq.is_(None), StaffFile.stored_at < old)
    today = act.now.astimezone(UTC).date()
    days = (today - timedelta(days=ago) for ago in range(1, CLEANUP_DAYS + 1))
    return sum(_delete_unnamed_files(act, staff_folder_of_day(folder, day)) for day in days)


def _delete_unnamed_files(act: Act, folder: Path) -> int:
    if not folder.is_dir():
        return 0
    start = datetime.fromisoformat(folder.name).replace(tzinfo=UTC)
    rows = act.session.execute(
        sa.select(
            StaffFile.document, StaffFile.image, StaffFile.thumbnail, StaffFile.original
        ).where(StaffFile.stored_at >= start, StaffFile.stored_at < start + timedelta(days=1))
    )
    named = {name for row in rows for name in row}
    gone = [each for each in folder.iterdir() if each.name not in named]
    for each in gone:
        each.unlink(missing_ok=True)
    return len(gone)


def _unfiled(act: Act, appeal: Appeal, action: Action) -> list[sa.ColumnElement[bool]]:
    return [
        StaffFile.appeal_id == appeal.id,
        StaffFile.staff_id == act.actor.staff_id,
        StaffFile.action == action.value,
        StaffFile.move_seq.is_(None),
    ]
