"""A gunicorn worker that slow clients cannot hold: each request has to arrive at a least pace.

gunicorn's threads read a request without any time limit, so whoever sends a byte a second keeps a
thread for as long as they like (decision 0016). In front of a city's installation nginx reads
requests whole; `appeals up` has nothing in front.
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
"""What a client may stay behind the pace: the longest silence, too."""
MIN_BYTES_PER_SECOND = 8 * 1024
"""The least pace: a photo of a megabyte over a bad mobile network."""
SEND_SECONDS = 30.0
"""How long a client may take to take one part of an answer."""
LINGER_SECONDS = 1.0
MAX_LINGER_BYTES = 64 * 1024
REFUSED_BODY = "无法处理这个请求。\nThis request could not be processed.\n"


def write_error(client: socket.socket, status: int, reason: str, _told: str) -> None:
    """Answer what is no request of HTTP, in gunicorn's place: with the headers of every answer.

    What was wrong stands in the log. Nothing of the request is repeated here.
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


util.write_error = write_error  # gunicorn has no setting for the answers that it gives itself


class PacedSocket(socket.socket):
    """A client's connection whose reads end when the client falls behind the pace."""

    _deadline = 0.0

    def begin_request(self) -> None:
        """Give a new request its time from now on."""
        self._deadline = time.monotonic() + GRACE_SECONDS

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Read what has come. Raises ConnectionResetError if the client is too slow."""
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
        """Let the client read the answer to its end before the connection closes."""
        with suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            self._deadline = time.monotonic() + LINGER_SECONDS
            drained = 0
            while drained < MAX_LINGER_BYTES and (data := self.recv(4096)):
                drained += len(data)
        self._deadline = 0.0


class PacedWorker(ThreadWorker):  # type: ignore[misc]  # the package carries no types
    """gunicorn's worker of threads, with paced connections."""

    def handle(self, conn: TConn) -> object:
        """Handle one request of a connection, in a thread of the pool.

        A connection that ends lingers here: gunicorn would do it in the thread that accepts all
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
