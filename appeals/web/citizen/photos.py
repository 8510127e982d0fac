"""Uploaded photos stored; photos served as nothing but images, documents as downloads."""

from pathlib import Path
from urllib.parse import quote

from flask import Response, current_app, request
from werkzeug.exceptions import NotFound

from appeals.act import Act
from appeals.casework.accounts import rate_limits
from appeals.casework.answers import staff_files
from appeals.casework.answers.documents import DOCUMENT_TYPES
from appeals.casework.photos import attachments
from appeals.casework.photos.attachments import PhotoSize
from appeals.casework.photos.photo_decoding import (
    FIELD,
    MAX_DECODED_FILES,
    MAX_UPLOAD_BYTES,
    Upload,
    decode_photos,
    reserve_place,
)
from appeals.domain.refusals import Refused, RefusedKind
from appeals.models.answer import StaffFile
from appeals.models.attachment import Attachment
from appeals.settings import Settings
from appeals.web.shared import open_forms
from appeals.web.shared import request as edge
from appeals.web.shared.texts import language

MEGABYTE_BYTES = 1 << 20
PHOTO_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}
"""Stricter than a page's; `web/app.py` adds the other security headers."""


def store_sent_photos(form_key: str) -> list[str]:
    """Store the photos that came with the request; return a sentence for each that was not stored.

    The stored ones stay even where the form is refused. The transaction so far is committed, so
    that no lock or connection is held while photos are decoded. Raises Refused (not now) if the
    form was sent before.
    """
    uploads = [
        Upload(each.filename, each.stream.read(MAX_UPLOAD_BYTES + 1))
        for each in request.files.getlist(FIELD)
        if each.filename
    ]
    if not uploads:
        return []
    edge.commit_even_if_refused()
    open_forms.remember_form(form_key)
    try:
        refused = _decode_and_store(form_key, uploads)
    except Refused as problem:
        if problem.kind is not RefusedKind.TOO_MANY:
            raise
        refused = [problem]
    return [problem.label(language()) for problem in refused]


def _decode_and_store(form_key: str, uploads: list[Upload]) -> list[Refused]:
    """Decode and store the uploads. Raises Refused, too many also where no decoder is free."""
    act = edge.act()
    with reserve_place():
        stored = attachments.list_source_hashes(act, form_key)
        new = [each for each in uploads if each.source_hash not in stored]
        _limit_photos(act, form_key, min(len(new), MAX_DECODED_FILES))
        edge.commit_so_far()
        decoded = decode_photos(new, stored)
    _limit_stored_bytes(act, sum(each.octets for each in decoded.photos.values()))
    return attachments.store_photos(act, _photo_folder(), form_key, decoded)


def _limit_photos(act: Act, form_key: str, photos: int) -> None:
    """Rate-limit the photos by form and by client address. Raises Refused (too many)."""
    settings: Settings = current_app.config["SETTINGS"]
    counted = (
        (rate_limits.photos_per_address(settings.filings_per_address), edge.client_address()),
        (rate_limits.PHOTOS_PER_FORM, form_key),
    )
    with act.session.begin_nested():  # a refused photo is not counted
        rate_limits.count_volume(act, counted * photos)


def _limit_stored_bytes(act: Act, octets: int) -> None:
    """Rate-limit the stored megabytes by client address. Raises Refused (too many)."""
    settings: Settings = current_app.config["SETTINGS"]
    limit = rate_limits.photo_megabytes_per_address(settings.filings_per_address)
    with act.session.begin_nested():
        rate_limits.count_volume(
            act, ((limit, edge.client_address()),) * -(-octets // MEGABYTE_BYTES)
        )


def send_photo(photo: Attachment | None, size: str) -> Response:
    """Send a stored photo as an image that can run nothing; `size` is one of `PhotoSize`."""
    if photo is None or size not in set(PhotoSize):
        raise NotFound
    path = attachments.find_file(_photo_folder(), photo, PhotoSize(size))
    if not path.is_file():
        raise NotFound
    answer = Response(path.read_bytes(), mimetype="image/jpeg")
    answer.headers["Content-Disposition"] = f'inline; filename="photo-{photo.id}.jpg"'
    answer.headers.update(PHOTO_HEADERS)
    return answer


def send_staff_file(file: StaffFile | None, size: str) -> Response:
    """Send a file of staff: a photo as an image, a document as a download that nothing opens."""
    path = staff_files.find_path(_photo_folder(), file, size) if file is not None else None
    if file is None or path is None or not path.is_file():
        raise NotFound
    media = DOCUMENT_TYPES.get(Path(file.name).suffix) if size == staff_files.DOCUMENT else None
    answer = Response(path.read_bytes(), mimetype=media.media_type if media else "image/jpeg")
    if media is not None:
        plain = f"file-{file.id}{media.suffix}"
        named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name)}"
        answer.headers["Content-Disposition"] = named
    else:
        answer.headers["Content-Disposition"] = f'inline; filename="file-{file.id}.jpg"'
    answer.headers.update(PHOTO_HEADERS)
    return answer


def _photo_folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.files_dir
