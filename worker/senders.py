"""Shared parts of the senders: errors, a deadline for each try, and the outbox folder."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import Protocol

from appeals.casework.handling.notices import mark_training_text
from appeals.domain.calendar import SHANGHAI
from appeals.models.notice import Notice
from appeals.settings import Settings

ANSWER_SECONDS = 10
"""Timeout for one response of a server."""


def mark_text(read: Settings, language: str, text: str) -> str:
    """Return a message's text, marked where this installation is for training."""
    return mark_training_text(language, text) if read.training else text


class NotSent(Exception):  # noqa: N818 - it says what happened
    """A notice was not sent; the message is for an administrator."""


class RefusedForGood(NotSent):
    """This notice will never be accepted (permanent failure), such as for a wrong address."""


class RefusedForNow(NotSent):
    """This notice was not accepted but may be later (temporary failure)."""


class ServerAway(NotSent):
    """The server does not answer or accepts nothing from us: not the notice's fault."""


class DeadlineError(TimeoutError):
    """The time for one notice is over; an OSError, so that sockets are closed as for other ones."""


class Sender(Protocol):
    """A sender for one channel, open for one tick."""

    def send(self, notice: Notice) -> None:
        """Send one notice. Raises NotSent."""

    def close(self) -> None:
        """Close the connection."""


@contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Raise DeadlineError inside the context after so many seconds, whatever it waits for.

    Uses SIGALRM, so it works in the main thread only, where a worker's child runs tasks. The signal
    repeats every second, as a library may treat the first as an error of one of several addresses.
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


def attempt_sending(send: Callable[[], None], seconds: float) -> NotSent | None:
    """Send within a time limit; return the problem, None where it was sent."""
    try:
        with limit_time(seconds):
            send()
    except NotSent as problem:
        return problem
    except Exception as trouble:  # noqa: BLE001 - one message's failure does not stop the others
        return RefusedForNow(f"{type(trouble).__name__}: {trouble}")
    return None


def write_to_folder(notice: Notice, read: Settings, ending: str, content: bytes) -> None:
    """Write one file atomically, named by the notice, so that repeating it is harmless."""
    folder = read.outbox_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{_format_file_time(notice.created_at)}-{notice.id}.{ending}"
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(content)
    half.rename(path)


def _format_file_time(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
