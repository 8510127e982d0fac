"""Lightweight browsers on keep-alive connections, which leave the cores to the website."""

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from urllib.parse import urlencode

CONNECTIONS = 8
BLOCK_BYTES = 1 << 16
CSRF_TOKEN_PATTERN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class BrowserAnswer:
    """A response: status, Location, body."""

    status: int
    location: str
    body: str


@dataclass
class BenchBrowser:
    """One person's browser at an address of their own (127.0.0.x), with cookies."""

    port: int
    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    line: socket.socket | None = None

    def get(self, path: str) -> BrowserAnswer:
        """Open a page."""
        return self._send(f"GET {path} HTTP/1.1\r\n", "")

    def post(self, path: str, fields: dict[str, str]) -> BrowserAnswer:
        """Send a form."""
        body = urlencode(fields)
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        return self._send(f"POST {path} HTTP/1.1\r\n{kind}Content-Length: {len(body)}\r\n", body)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def _send(self, head: str, body: str) -> BrowserAnswer:
        if self.line is None:
            self.line = socket.create_connection(
                ("127.0.0.1", self.port), timeout=30, source_address=(self.address, 0)
            )
            self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = f"{head}Host: 127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n\r\n{body}"
        self.line.sendall(sent.encode())
        return self._receive(self.line)

    def _receive(self, line: socket.socket) -> BrowserAnswer:
        came = b""
        while b"\r\n\r\n" not in came:
            came += _receive_more(line)
        head, _, body = came.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        length, location = 0, ""
        for each in lines:
            name, _, value = each.partition(": ")
            if name == "Content-Length":
                length = int(value)
            elif name == "Location":
                location = value
            elif name == "Set-Cookie":
                cookie, _, _ = value.partition(";")
                key, _, self.cookies[key] = cookie.partition("=")
            elif name == "Connection" and value == "close":
                self.line = None  # the next request opens another
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(_receive_more(line))
            missing -= len(parts[-1])
        return BrowserAnswer(
            int(first.split(" ", 2)[1]), location, b"".join(parts).decode(errors="replace")
        )


def _receive_more(line: socket.socket) -> bytes:
    found = line.recv(BLOCK_BYTES)
    if not found:
        raise ConnectionError("The website hung up in the middle of an answer.")
    return found


Deed = Callable[[BenchBrowser], None]
"""What a browser repeats; it raises where the answer is not the expected one."""


@dataclass(frozen=True)
class LoadRound:
    """One round of all browsers: seconds of each deed, and of the whole round."""

    seconds: float
    taken: Sequence[float]

    @property
    def per_second(self) -> float:
        """Return the deeds done in a second."""
        return len(self.taken) / self.seconds

    @property
    def p95(self) -> float:
        """Return the 95th percentile of the deeds, in milliseconds."""
        return 1000 * quantiles(self.taken, n=20)[-1]


def run_round(browsers: Sequence[BenchBrowser], deed: Deed, seconds: float) -> LoadRound:
    """Repeat the deed in all browsers at once for some seconds, on fresh connections."""
    taken, failed = list[float](), list[Exception]()
    begun = time.perf_counter()

    def use(browser: BenchBrowser) -> None:
        try:
            while (at := time.perf_counter()) < begun + seconds and not failed:
                deed(browser)
                taken.append(time.perf_counter() - at)
        except Exception as wrong:  # noqa: BLE001 - carried out of the thread, raised below
            failed.append(wrong)
        finally:
            browser.close()

    threads = [threading.Thread(target=use, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return LoadRound(time.perf_counter() - begun, taken)


def make_browsers(port: int, first: int = 1) -> list[BenchBrowser]:
    """Make eight browsers, each at a loopback address of its own."""
    return [BenchBrowser(port, f"127.0.0.{first + n}") for n in range(CONNECTIONS)]


def median_ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the median over the rounds of the ratio of one side to the other."""
    return median(a / b for a, b in zip(one, other, strict=True))


def find_in_page(pattern: re.Pattern[str], page: str) -> str:
    """Return the pattern's group on a page; a page without it stops the bench."""
    there = pattern.search(page)
    assert there is not None, page
    return there[1]
