"""Photos at the edge: those that came with a request are kept, a stored one is served safely."""

from pathlib import Path

from flask import Response, current_app, request
from werkzeug.exceptions import NotFound

from appeals.casework import attachments
from appeals.casework.attachments import FIELD, Upload
from appeals.models.attachment import Attachment
from appeals.settings import Settings
from appeals.web import open_forms
from appeals.web import request as edge

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}
"""Stricter than any page's; the rest of the set is put on every answer."""


def keep(form_key: str) -> list[str]:
    """Keep the photos that came with the request; give a sentence for each file that is none.

    They stay even where the form is refused. Raises Refused (not now) if the form was sent before.
    """
    uploads = [
        Upload(each.filename, each.stream.read(attachments.OCTETS_MOST + 1))
        for each in request.files.getlist(FIELD)
        if each.filename
    ]
    if not uploads:
        return []
    edge.keep_anyway()
    open_forms.remember(form_key)
    refused = attachments.keep(edge.act(), _folder(), form_key, uploads)
    return [problem.sentence(edge.language()) for problem in refused]


def serve(photo: Attachment | None, size: str) -> Response:
    """Give a stored photo, `size` "small" or "large", as nothing but a picture."""
    if photo is None or size not in {"small", "large"}:
        raise NotFound
    path = attachments.path(_folder(), photo, small=size == "small")
    if not path.is_file():
        raise NotFound
    answer = Response(path.read_bytes(), mimetype="image/jpeg")
    answer.headers["Content-Disposition"] = f'inline; filename="photo-{photo.id}.jpg"'
    answer.headers.update(HEADERS)
    return answer


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.files_dir
