"""A server that answers one character at a time: slow enough to hold whoever waits for a line."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def tarpit(seconds: float, port: int = 0) -> Iterator[int]:
    """Listen on a port (a free one); send each connection a character every so many seconds."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", port)) as server:
        thread = threading.Thread(target=_serve, args=(server, over, seconds))
        thread.start()
        yield server.getsockname()[1]
        over.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(server: socket.socket, over: threading.Event, seconds: float) -> None:
    with suppress(OSError):
        while not over.is_set():
            connection, _ = server.accept()
            threading.Thread(target=_drip, args=(connection, over, seconds)).start()


def _drip(connection: socket.socket, over: threading.Event, seconds: float) -> None:
    with connection, suppress(OSError):
        while not over.wait(seconds):
            connection.sendall(b"2")
