"""The filing form as the tests fill it in: page after page, all at once, with photos."""

import io

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tests.photos import jpeg

FORM_KEY = "a-key-that-only-this-form-has"
PAGES: dict[str, dict[str, str]] = {
    "what": {"detail": "夜间施工，噪音很大。每天夜里。", "go": "about"},
    "about": {
        "category": "urban.noise",
        "kind": "complaint",
        "subject": "夜间施工",
        "district": "370202",
        "street": "370202001",
        "address": "8号",
        "go": "who",
    },
    "who": {"contact_name": "王", "contact_phone": "138 0000 0000", "go": "check"},
}


def send_page(client: FlaskClient, step: str, **more: object) -> TestResponse:
    """Press a page's button and see the page that it leads to."""
    typed = {"form_key": FORM_KEY, "step": step, **PAGES.get(step, {}), **more}
    return client.post("/appeals/new", data=typed, follow_redirects=True)


def fill_pages(client: FlaskClient, *steps: str) -> TestResponse:
    for step in steps:
        answer = send_page(client, step)
        assert answer.status_code == 200, answer.text
    return answer


def post_form(
    client: FlaskClient, typed: dict[str, str], *photos: tuple[io.BytesIO, str]
) -> TestResponse:
    """Send more than the test client sends without a file of its own."""
    fields = MultiDict[str, object](typed)
    for stream, name in photos:
        fields.add("attachments", FileStorage(stream, name))
    boundary, body = encode_multipart(fields)
    content = f"multipart/form-data; boundary={boundary}"
    return client.post("/appeals/new", data=body, content_type=content)


def make_photo(seed: int = 0, name: str = "a.jpg") -> tuple[io.BytesIO, str]:
    return io.BytesIO(jpeg(seed, size=(400, 300))), name


def count_rows(session: Session, table: type[object]) -> int | None:
    return session.scalar(sa.select(sa.func.count()).select_from(table))


def app_of(client: FlaskClient) -> Flask:
    application: Flask = client.application
    return application
