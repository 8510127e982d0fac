"""Forms that are refused before any view: cross-site and malformed ones."""

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden, RequestEntityTooLarge

from appeals.web.shared.form_encoding import AnyEncodingRequest

MAX_FORM_BYTES = 512 * 1024
MAX_FORM_FIELDS = 200
"""Limits of a form without files; Werkzeug limits only forms with files."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SAME_SITE = frozenset({"same-origin", "none"})
CSRF_FIELD = "csrf_token"
SECRET_FIELDS = frozenset({"password", "old", "new", "code"})
"""Fields that are never sent back to the browser, not even hidden."""


class UnreadableForm(BadRequest):
    """A form whose texts are neither UTF-8 nor GB18030; what could be read is shown again."""


def refuse_cross_site_forms() -> None:
    """Refuse cross-site forms by the headers that browsers send, besides CSRF tokens.

    Programs send neither header, and have no cookie to misuse.
    """
    if request.method in SAFE_METHODS:
        return
    told, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if told is not None:
        ours = told in SAME_SITE
    else:
        ours = origin is None or urlsplit(origin).netloc == request.host
    if not ours:
        raise Forbidden


def refuse_malformed_forms() -> None:
    """Refuse too many fields, a NUL, and texts of an unknown encoding."""
    fields = list(request.values.items(multi=True))
    if len(fields) > MAX_FORM_FIELDS:
        raise RequestEntityTooLarge
    if any("\0" in text for _, text in fields):
        raise BadRequest
    if isinstance(request, AnyEncodingRequest) and request.is_form_unreadable:
        raise UnreadableForm


def list_sent_fields() -> list[tuple[str, str]]:
    """Return every field of the form that was sent, so that a page can send it once more.

    None of a form with a secret, and not the old token. A cross-site form never comes here: the
    person would send it on in good faith.
    """
    if request.method != "POST" or SECRET_FIELDS & set(request.form):
        return []
    return [(name, text) for name, text in request.form.items(multi=True) if name != CSRF_FIELD]
