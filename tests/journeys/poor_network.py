"""A poor mobile network between a browser and the city: slow, and cut where a test says so.

It is a port of this machine that leads to the city's, so that whatever the browser sends goes over
it: pages, photos, what the service worker asks for.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from urllib.parse import urlsplit

BYTES_PER_SECOND = 50_000
"""400 kbit/s, each way, for all connections together."""
HALF_TRIP_SECONDS = 0.2
"""So long a message is under way; there and back take 400 ms."""
CHUNK_BYTES = 4096
QUIET_SECONDS = 0.05
"""After such a pause what comes is a new message."""
POST, END_OF_HEAD = b"POST ", b"\r\n\r\n"


@dataclass
class Connection:
    """One connection of the browser, and the city's end of it."""

    browser: socket.socket
    city: socket.socket
    bytes_left: int | None = None
    """Of the form that is being sent, how many bytes pass before the network is cut."""
    loses_answer: bool = False

    def close(self) -> None:
        """Close both ends."""
        for end in (self.browser, self.city):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@dataclass
class PoorNetwork:
    """The network in front of a city; `address` is where its browsers find the city."""

    city: str
    bytes_per_second: int = BYTES_PER_SECOND
    half_trip_seconds: float = HALF_TRIP_SECONDS
    _is_cut: bool = False
    _bytes_of_form: int | None = None
    _loses_next_answer: bool = False
    _connections: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the port."""
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._up, self._down = Lock(), Lock()
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Cut every connection, and accept no other."""
        self._is_cut = True
        while self._connections:
            self._connections.pop().close()

    def mend(self) -> None:
        """Accept connections again."""
        self._is_cut, self._bytes_of_form, self._loses_next_answer = False, None, False

    def cut_in_next_form(self, after_bytes: int) -> None:
        """Cut the network when so many bytes of the next form's body have passed."""
        self._bytes_of_form = after_bytes

    def cut_before_next_answer(self) -> None:
        """Cut the network when the city has taken the next form, before its answer comes."""
        self._loses_next_answer = True

    def close(self) -> None:
        """Close the port."""
        self.cut()
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next connection
        self._door.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the port was closed
            while True:
                browser, _ = self._door.accept()
                Thread(target=self._connect, args=(browser,), daemon=True).start()

    def _connect(self, browser: socket.socket) -> None:
        time.sleep(2 * self.half_trip_seconds)
        if self._is_cut:
            browser.close()
            return
        place = urlsplit(self.city)
        connection = Connection(browser, socket.create_connection((place.hostname, place.port)))
        self._connections.append(connection)
        Thread(target=self._pass_requests, args=(connection,), daemon=True).start()
        self._pass_answers(connection)

    def _pass_requests(self, connection: Connection) -> None:
        with closing(connection), suppress(OSError):
            for data in self._read_slowly(connection.browser, self._up):
                if data.startswith(POST):
                    self._begin_form(connection, data)
                if connection.bytes_left is None:
                    connection.city.sendall(data)
                    continue
                connection.city.sendall(data[: connection.bytes_left])
                connection.bytes_left -= len(data)
                if connection.bytes_left <= 0:
                    self.cut()

    def _begin_form(self, connection: Connection, data: bytes) -> None:
        """Let what was said of the next form hold for the one that begins with this data."""
        if self._bytes_of_form is not None:
            connection.bytes_left = data.index(END_OF_HEAD) + len(END_OF_HEAD) + self._bytes_of_form
        connection.loses_answer = self._loses_next_answer
        self._bytes_of_form, self._loses_next_answer = None, False

    def _pass_answers(self, connection: Connection) -> None:
        with closing(connection), suppress(OSError):
            for data in self._read_slowly(connection.city, self._down):
                if connection.loses_answer:
                    self.cut()
                connection.browser.sendall(data)

    def _read_slowly(self, end: socket.socket, lane: Lock) -> Iterator[bytes]:
        """Yield what comes at one end, at the network's pace, until the connection ends."""
        came_at = 0.0
        while data := end.recv(CHUNK_BYTES):
            if time.monotonic() - came_at > QUIET_SECONDS:
                time.sleep(self.half_trip_seconds)
            with lane:
                time.sleep(len(data) / self.bytes_per_second)
            yield data
            came_at = time.monotonic()


@contextmanager
def poor_network(city: str) -> Iterator[PoorNetwork]:
    """Put a slow network in front of a city until the block ends."""
    network = PoorNetwork(city)
    try:
        yield network
    finally:
        network.close()
