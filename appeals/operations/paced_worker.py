"""A gunicorn worker that resists slow clients: each request must arrive at a minimum rate.

gunicorn's threads read a request without a timeout, so a client that sends a byte a second could
occupy a thread for ever (slowloris, decision 0016). A city's installation has nginx in front, which
buffers requests; `appeals up` has nothing in front.
"""

import errno
import socket
import time
from contextlib import suppress

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from appeals.operations.answer_headers import security_headers
from appeals.settings import read_raw_setting

GRACE_SECONDS = 8.0
"""Seconds that a client may fall behind the minimum rate; also the longest silence."""
MIN_BYTES_PER_SECOND = 8 * 1024
"""Minimum rate: a photo of a megabyte over a bad mobile network."""
SEND_SECONDS = 30.0
"""Timeout for sending one part of a response."""
LINGER_SECONDS = 1.0
MAX_LINGER_BYTES = 64 * 1024
REFUSED_BODY = "无法处理这个请求。\nThis request could not be processed.\n"


def write_error(client: socket.socket, status: int, reason: str, _told: str) -> None:
    """Answer an invalid HTTP request in gunicorn's place, with our usual headers.

    The log says what was wrong. The response repeats nothing of the request.
    """
    headers = {
        **security_headers(
            secure=(read_raw_setting("APPEALS_BASE_URL") or "").startswith("https://")
        ),
        "Connection": "close",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(REFUSED_BODY.encode())),
    }
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {text}" for name, text in headers.items())]
    util.write_nonblock(client, "\r\n".join([*lines, "", REFUSED_BODY]).encode())


util.write_error = write_error  # gunicorn has no setting for its own error responses


class PacedSocket(socket.socket):
    """A client's connection whose reads fail when the client falls behind the minimum rate."""

    _deadline = 0.0

    def begin_request(self) -> None:
        """Restart the timing for a new request."""
        self._deadline = time.monotonic() + GRACE_SECONDS

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive data. Raises ConnectionResetError if the client is too slow."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _make_slow_client_error()
        self.settimeout(left)
        try:
            data = super().recv(bufsize, flags)
        except TimeoutError:
            raise _make_slow_client_error() from None
        finally:
            self.settimeout(SEND_SECONDS)
        earned = self._deadline + len(data) / MIN_BYTES_PER_SECOND
        self._deadline = min(earned, time.monotonic() + GRACE_SECONDS)
        return data

    def linger(self) -> None:
        """Let the client read the whole response before the connection closes."""
        with suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            self._deadline = time.monotonic() + LINGER_SECONDS
            drained = 0
            while drained < MAX_LINGER_BYTES and (data := self.recv(4096)):
                drained += len(data)
        self._deadline = 0.0


class PacedWorker(ThreadWorker):  # type: ignore[misc]  # the package carries no types
    """gunicorn's threaded worker, with a minimum rate for requests."""

    def handle(self, conn: TConn) -> object:
        """Handle one request of a connection, in a thread of the pool.

        A closing connection lingers here: gunicorn would do it in the thread that accepts all
        others, for two seconds each.
        """
        if not isinstance(conn.sock, PacedSocket):
            conn.sock = PacedSocket(fileno=conn.sock.detach())
        conn.sock.begin_request()
        outcome = super().handle(conn)
        if outcome is False:
            conn.sock.linger()
        return outcome


def _make_slow_client_error() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "The client sends too slowly.")
