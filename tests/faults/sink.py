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

    def start(self) -> None:
        """Listen."""
        self.server = Controller(self, hostname="127.0.0.1", port=self.port)
        self.server.start()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Listen to nobody while inside."""
        self.server.stop()
        yield
        self.start()

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
    sink.start()
    yield sink
    sink.server.stop()
