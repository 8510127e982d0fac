"""The real server sends styles, scripts and the icon compressed, for a browser to keep."""

import re

import httpx

from tests.served.conftest import Served


def test_every_file_that_a_page_names_is_sent_compressed_and_kept_for_ever(served: Served) -> None:
    with httpx.Client(base_url=served.address) as browser:
        names = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.get("/").text))
        assert {name.rpartition(".")[2] for name in names} == {"css", "js", "svg", "png"}
        for name in names:
            answer = browser.get(name, headers={"Accept-Encoding": "br"})
            assert answer.status_code == httpx.codes.OK, name
            packed = None if name.endswith(".png") else "br"  # a PNG is packed already
            assert answer.headers.get("Content-Encoding") == packed
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
