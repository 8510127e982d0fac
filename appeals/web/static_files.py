"""The built files of `static/`, sent by WhiteNoise under hashed names that browsers keep."""

import json
import re
from wsgiref.headers import Headers
from wsgiref.types import WSGIApplication

from flask import Flask
from whitenoise import WhiteNoise

from appeals.operations.answer_headers import security_headers
from appeals.operations.built_files import MANIFEST

URL_PREFIX = "/static/build"
WORKER_PREFIX = f"{URL_PREFIX}/service-worker."
"""The service worker: it may act for the whole site, though its file is in a folder."""
HASHED_NAME = re.compile(r"\.[0-9a-f]{12}\.\w+$")
"""A name with a digest of its content: what it names never changes."""


def with_static_files(app: Flask, *, secure: bool) -> WSGIApplication:
    """Return the application with the built files in front of it, and let templates name them.

    Templates write `static_url('theme.css')`. `secure` is whether the website's address begins
    with https.
    """

    def add_headers(headers: Headers, _path: str, url: str) -> None:
        if url.startswith(WORKER_PREFIX):
            headers["Service-Worker-Allowed"] = "/"
        for name, value in security_headers(secure=secure).items():
            if name != "Cache-Control":
                headers[name] = value

    names: dict[str, str] = json.loads(MANIFEST.read_text("utf-8"))
    app.jinja_env.globals["static_url"] = lambda name: f"{URL_PREFIX}/{names[name]}"
    with_files: WSGIApplication = WhiteNoise(
        app.wsgi_app,
        root=str(MANIFEST.parent),
        prefix=URL_PREFIX,
        immutable_file_test=lambda _path, url: bool(HASHED_NAME.search(url)),
        add_headers_function=add_headers,
    )
    return with_files
