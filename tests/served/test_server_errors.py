"""What the server answers itself, before the application sees a request, by raw sockets."""

import socket
from collections.abc import Iterator
from email.parser import BytesParser

import pytest

from appeals.operations.answer_headers import HEADERS
from appeals.settings import Settings
from tests.served.own_server import Website, own_database, website

HOST = b"Host: 127.0.0.1\r\n"
SENT = {
    "no request at all": (b"\x16\x03\x01\x00<script>\r\n\r\n", 400),
    "a header without a name": (b"GET / HTTP/1.1\r\n" + HOST + b": <script>\r\n\r\n", 400),
    "an address too long": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a header too long": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "too many headers": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 200 + b"\r\n", 431),
    "a coding nobody knows": (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: cuneiform\r\n\r\n",
        501,
    ),
    "a body too large": (
        b"POST /appeals/new HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999\r\n\r\n",
        413,
    ),
    "another host": (b"GET /admin HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    "no host": (b"GET /admin HTTP/1.0\r\n\r\n", 421),
}


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Website]:
    with (
        own_database(settings, "server_errors") as own,
        website(own, tmp_path_factory.mktemp("server")) as running,
    ):
        yield running


def answer_to(site: Website, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return the status, headers and body that come back for these octets."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as line:
        line.sendall(sent)
        came = b""
        while data := line.recv(65536):
            came += data
            head, ended, body = came.partition(b"\r\n\r\n")
            if ended and b"onnection: close" in head and body.endswith(b"\n"):
                break
    head, _, body = came.partition(b"\r\n\r\n")
    first, _, fields = head.partition(b"\r\n")
    return int(first.split()[1]), dict(BytesParser().parsebytes(fields + b"\r\n\r\n")), body


@pytest.mark.parametrize("what", SENT)
def test_what_the_server_answers_itself_bears_the_headers(site: Website, what: str) -> None:
    sent, expected = SENT[what]
    status, headers, body = answer_to(site, sent)
    assert status == expected
    assert headers.items() >= HEADERS.items()
    assert b"<script>" not in body
    assert b"evil.example" not in body + str(headers).encode()


def test_health_answers_to_any_host(site: Website) -> None:
    status, _, _ = answer_to(
        site, b"GET /health/live HTTP/1.1\r\nHost: web-1\r\nConnection: close\r\n\r\n"
    )
    assert status == 200
