"""Styles and scripts: under hashed names, compressed where the browser accepts it, nothing else."""

import gzip
import re

import brotli
import pytest
from flask.testing import FlaskClient

from appeals.operations.answer_headers import HEADERS

FOR_EVER = "max-age=315360000, public, immutable"


@pytest.fixture
def style(client: FlaskClient) -> str:
    """Return the address of the stylesheet, as a page names it."""
    found = re.search(r'<link rel="stylesheet" href="([^"]+)"', client.get("/").text)
    assert found
    return found[1]


def test_a_style_is_compressed_as_the_browser_accepts_it(client: FlaskClient, style: str) -> None:
    plain, zipped, smallest = (
        client.get(style, headers={"Accept-Encoding": accepted}, buffered=True)
        for accepted in ("identity", "gzip", "gzip, br")
    )
    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert smallest.headers["Content-Encoding"] == "br"
    assert gzip.decompress(zipped.data) == brotli.decompress(smallest.data) == plain.data
    assert len(smallest.data) < len(zipped.data) < len(plain.data) / 4
    answers = (plain, zipped, smallest)
    assert {answer.headers["Vary"] for answer in answers} == {"Accept-Encoding"}
    assert {answer.mimetype for answer in answers} == {"text/css"}


def test_every_file_that_a_page_names_is_kept_for_ever_and_has_the_headers_of_a_page(
    client: FlaskClient,
) -> None:
    names = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").text))
    assert {name.rpartition(".")[2] for name in names} == {"css", "js", "svg", "png"}
    for name in names:
        answer = client.get(name, buffered=True)
        assert answer.status_code == 200, name
        assert answer.headers["Cache-Control"] == FOR_EVER
        for header, value in HEADERS.items():
            assert header == "Cache-Control" or answer.headers[header] == value


def test_a_script_imports_others_by_their_hashed_names(client: FlaskClient) -> None:
    page = client.get("/").text
    script = re.search(r'src="([^"]+/site\.\w+\.js)"', page)
    assert script
    source = client.get(script[1], buffered=True).text
    imported = re.findall(r'from "\./([^"]+)"', source)
    assert len(imported) == 1
    for name in imported:
        answer = client.get(f"/static/build/{name}", buffered=True)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_EVER)


def test_nothing_beside_the_built_files_is_sent(client: FlaskClient) -> None:
    for address in (
        "/static/../pyproject.toml",
        "/static/build/../../pyproject.toml",
        "/static/build/%2e%2e/%2e%2e/pyproject.toml",
        "/static/theme.scss",
        "/static/build/nothing",
        "/static/build/",
    ):
        assert client.get(address).status_code == 404, address
