"""A mail server's keeper for the tests of delivery."""

import email
from email import policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as MailSession


class Post:
    """A mail server's keeper: counts connections, and answers some addresses with a refusal."""

    def __init__(self) -> None:
        """Have no letters yet."""
        self.letters: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.encrypted: list[bool] = []
        self.connections = 0
        self.answer_to_sender = "250 ok"

    async def handle_EHLO(  # noqa: N802 - the server's own
        self,
        _server: SMTP,
        session: MailSession,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802 - the server's own
        self,
        _server: SMTP,
        _session: MailSession,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.answer_to_sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.answer_to_sender

    async def handle_RCPT(  # noqa: N802 - the server's own
        self,
        _server: SMTP,
        _session: MailSession,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get(address, "250 ok")

    async def handle_DATA(  # noqa: N802 - the server's own name
        self, _server: SMTP, session: MailSession, envelope: Envelope
    ) -> str:
        self.encrypted.append(session.ssl is not None)
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(email.message_from_bytes(content, policy=policy.default))
        return "250 taken"
