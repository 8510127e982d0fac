"""The outside world: a mail server that takes every letter and remembers whose it was."""

import email
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as MailSession

from tests.conftest import free_port


@dataclass
class Sink:
    """The letters that arrived, each as its Message-ID, in the order of arrival."""

    port: int
    letters: list[str] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - the server's own name
        self, _server: SMTP, _session: MailSession, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(email.message_from_bytes(envelope.content)["Message-ID"])
        return "250 taken"


@contextmanager
def listening() -> Iterator[Sink]:
    """Listen on a free port of this machine."""
    sink = Sink(free_port())
    server = Controller(sink, hostname="127.0.0.1", port=sink.port)
    server.start()
    yield sink
    server.stop()
