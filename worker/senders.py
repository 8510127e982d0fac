"""What the ways of sending share: how a try can fail, a deadline for it, and the outbox folder."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Protocol

from appeals.domain.calendar import SHANGHAI
from appeals.models.notice import Notice
from appeals.settings import Settings

ANSWER_SECONDS = 10
"""The wait for one answer of a server."""


class NotSent(Exception):  # noqa: N818 - it says what happened
    """A notice did not go; the message is for an administrator."""


class RefusedForGood(NotSent):
    """This notice will never be taken, such as for an address that does not exist."""


class RefusedForNow(NotSent):
    """This notice was not taken; it may be, later."""


class ServerAway(NotSent):
    """The server does not answer, or takes nothing from us: it is no fault of this notice."""


class DeadlineError(TimeoutError):
    """The time for one notice is over; an OSError, so that sockets are closed as for others."""


class Sender(Protocol):
    """One way of sending, open for one tick."""

    def send(self, notice: Notice) -> None:
        """Send one notice. Raises NotSent."""

    def close(self) -> None:
        """Close what is open."""


@contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Raise DeadlineError where what is inside takes longer, whatever it waits for.

    It rests on SIGALRM: for the main thread alone, which is where a worker's child runs tasks.
    The signal comes every second from then on, for a library may take the first for an error of
    one of several addresses.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        raise DeadlineError(f"no whole answer within {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def write_to_folder(notice: Notice, read: Settings, ending: str, content: bytes) -> None:
    """Write one file, whole or not at all; the name is the notice's, so twice is once."""
    folder = read.outbox_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{_format_file_time(notice.created_at)}-{notice.id}.{ending}"
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(content)
    half.rename(path)


def _format_file_time(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
