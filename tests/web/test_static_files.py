"""Styles and scripts: packed for the browser that unpacks, plain for any other, nothing besides."""

import gzip

from flask.testing import FlaskClient

from appeals.operations.answer_headers import HEADERS

UNPACKS = {"Accept-Encoding": "br, gzip"}
STYLE = "/static/build/theme.css"


def test_a_style_is_sent_gzipped_where_the_browser_accepts_it(client: FlaskClient) -> None:
    plain, packed = (
        client.get(STYLE, buffered=True),
        client.get(STYLE, headers=UNPACKS, buffered=True),
    )
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 4
    assert {plain.content_type, packed.content_type} == {"text/css; charset=utf-8"}
    assert {each.headers["Vary"] for each in (plain, packed)} == {"Accept-Encoding"}
    assert all(name in packed.headers for name in HEADERS)


def test_a_file_without_a_gzipped_copy_is_sent_as_it_is(client: FlaskClient) -> None:
    answer = client.get("/static/icon.svg", headers=UNPACKS, buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert "Content-Encoding" not in answer.headers


def test_nothing_outside_the_static_folder_is_sent(client: FlaskClient) -> None:
    for address in (
        "/static/../pyproject.toml",
        "/static/%2e%2e/pyproject.toml",
        "/static/nothing",
    ):
        assert client.get(address, headers=UNPACKS).status_code == 404


def test_every_page_names_its_icon(client: FlaskClient) -> None:
    assert '<link rel="icon" href="/static/icon.svg"' in client.get("/").text
