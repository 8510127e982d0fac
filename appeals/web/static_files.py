"""The files of `static/`, gzipped where the build made a gzipped copy."""

import mimetypes

from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from appeals.operations.built_files import STATIC

GZIP_SUFFIX = ".gz"
"""The suffix of the gzipped copy that `deploy/assets.mjs` writes beside a file."""


def init_app(app: Flask) -> None:
    """Replace Flask's view of static files."""
    app.view_functions["static"] = send_static_file


def send_static_file(filename: str) -> Response:
    """Send one file, gzipped where a gzipped copy exists and the browser accepts it."""
    answer = _find_gzipped(filename) if request.accept_encodings.quality("gzip") else None
    answer = answer or send_from_directory(STATIC, filename)
    answer.vary.add("Accept-Encoding")
    return answer


def _find_gzipped(filename: str) -> Response | None:
    kind, packing = mimetypes.guess_type(filename)
    if packing:
        return None
    try:
        answer = send_from_directory(STATIC, f"{filename}{GZIP_SUFFIX}", mimetype=kind)
    except NotFound:
        return None
    answer.content_encoding = "gzip"
    return answer
