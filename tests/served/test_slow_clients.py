"""Clients that send a byte a second, or never hang up, leave the website to the others."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest

from appeals.settings import Settings
from tests.served.own_server import Website, open_form, own_database, send_request, website
from tests.web.citizen_filing import FORM

CLIENTS = 16
HEAD = (
    b"POST /appeals/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nsubject="
)
ONLY_A_HEADER = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
NEVER_HANGS_UP = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
PARTS = 6
PATIENCE = 60
"""Seconds after which a slow client counts as served by nobody; the server's limit is 8."""


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Website]:
    with own_database(settings, "slow") as own, website(own, tmp_path) as running:
        yield running


@contextmanager
def slow_clients(
    site: Website, begin: bytes, count: int = CLIENTS
) -> Iterator[list[socket.socket]]:
    """Keep clients that send the beginning of a request and then a byte a second."""
    done = threading.Event()
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            for _ in range(count)
        ]
        for each in clients:
            each.sendall(begin)
            each.settimeout(PATIENCE)

        def drip() -> None:
            while not done.wait(1):
                for each in clients:
                    with suppress(OSError):
                        each.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            yield clients
        finally:
            done.set()
            dripping.join()


def assert_others_are_served(site: Website) -> None:
    """Open a page and file an appeal, each within a person's patience."""
    begun = time.monotonic()
    token, cookie = open_form(site)
    fields = {**FORM, "csrf_token": token}
    filed = send_request(
        site,
        "POST",
        "/appeals/new",
        urlencode(fields).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=cookie,
    )
    assert (filed.status, send_request(site, "GET", "/").status) == (303, 200)
    assert time.monotonic() - begun < 20


def answer_of(client: socket.socket) -> bytes:
    """Read what a client is answered until the connection ends."""
    came = b""
    with suppress(ConnectionError):
        while data := client.recv(65536):
            came += data
    return came


def test_a_page_and_a_filing_answer_beside_slow_bodies_which_are_sent_away(site: Website) -> None:
    with slow_clients(site, HEAD) as clients:
        time.sleep(1)
        assert_others_are_served(site)
        answers = [answer_of(each) for each in clients]
    assert {each[:12] for each in answers} == {b"HTTP/1.1 408"}
    assert "请求发送得太慢" in answers[0].decode()


def test_slow_headers_are_hung_up_on(site: Website) -> None:
    with slow_clients(site, ONLY_A_HEADER) as clients:
        time.sleep(1)
        assert_others_are_served(site)
        assert {answer_of(each) for each in clients} == {b""}


def test_clients_that_never_hang_up_keep_nobody_waiting(site: Website) -> None:
    with slow_clients(site, NEVER_HANGS_UP, 3 * CLIENTS) as clients:
        assert_others_are_served(site)
        assert {answer_of(each)[:12] for each in clients} == {b"HTTP/1.1 200"}


def test_a_large_body_at_an_honest_pace_is_taken(site: Website) -> None:
    """It takes longer than the grace; what stands in it is too long for the form, and is told."""
    token, cookie = open_form(site)
    body = urlencode({**FORM, "csrf_token": token, "detail": "长" * 20_000}).encode()
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as client:
        head = (
            f"POST /appeals/new HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
            f"Cookie: {cookie}\r\n\r\n"
        )
        client.sendall(head.encode())
        size = -(-len(body) // PARTS)
        for n in range(PARTS):
            time.sleep(2)
            client.sendall(body[n * size : (n + 1) * size])
        assert answer_of(client)[:12] == b"HTTP/1.1 422"
