"""E-mail over SMTP, one connection a tick; written to files where no server is set."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

from appeals.addresses.email_addresses import delivery_address
from appeals.casework.accounts.mail_links import fill_in_links
from appeals.domain.vocabulary import NoticeKind
from appeals.models.notice import Notice
from appeals.settings import LOOPBACK, NO_TLS, Settings
from worker.senders import (
    ANSWER_SECONDS,
    NotSent,
    RefusedForGood,
    RefusedForNow,
    ServerAway,
    limit_time,
    mark_text,
    write_to_folder,
)

OK = 250
FIRST_PERMANENT_REPLY = 500
SERVER_REPLIES = {421, 530, 534, 535, 538}
"""Reply codes about the connection or our account, not about a mail (RFC 5321, 4954)."""
GOODBYE_SECONDS = 5


class MailSender:
    """Sends mail through APPEALS_SMTP_URL, or writes it to the outbox folder without one."""

    def __init__(self, read: Settings) -> None:
        """Start without a connection."""
        self.read = read
        self.server: smtplib.SMTP | None = None

    def send(self, notice: Notice) -> None:
        """Send one notice. Raises NotSent."""
        try:
            mail = compose_mail(notice, self.read)
        except ValueError as wrong:
            raise RefusedForGood(f"ValueError: {wrong}") from wrong
        if self.read.smtp_url is None:
            write_to_folder(notice, self.read, "eml", mail.as_bytes())
            return
        self.post(mail)

    def post(self, mail: EmailMessage) -> None:
        """Send one mail to the configured server. Raises NotSent."""
        server = self._connected()
        try:
            server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, text),) = refused.recipients.values()
            raise self._refusal(code, text) from refused
        except smtplib.SMTPSenderRefused as refused:  # our address or account, not this mail
            self._drop()
            raise ServerAway(_quote_reply(refused.smtp_code, refused.smtp_error)) from refused
        except smtplib.SMTPResponseException as refused:
            raise self._refusal(refused.smtp_code, refused.smtp_error) from refused
        except (smtplib.SMTPNotSupportedError, ValueError) as wrong:
            raise RefusedForGood(f"{type(wrong).__name__}: {wrong}") from wrong
        except (smtplib.SMTPException, OSError) as trouble:
            self._drop()
            raise ServerAway(f"{type(trouble).__name__}: {trouble}") from trouble

    def close(self) -> None:
        """Quit the connection, if any; accepted mail stays accepted."""
        if self.server is not None:
            with suppress(smtplib.SMTPException, OSError), limit_time(GOODBYE_SECONDS):
                self.server.quit()
            self._drop()

    def _connected(self) -> smtplib.SMTP:
        """Return the open connection if it still answers, else a new one."""
        if self.server is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self.server.noop()[0] == OK:
                    return self.server
            self._drop()
        if self.read.smtp_url is None:
            raise ServerAway("APPEALS_SMTP_URL is not set")
        try:
            self.server = _connect_server(urlsplit(self.read.smtp_url))
        except (smtplib.SMTPException, OSError) as trouble:
            raise ServerAway(f"{type(trouble).__name__}: {trouble}") from trouble
        return self.server

    def _drop(self) -> None:
        if self.server is not None:
            self.server.close()
        self.server = None

    def _refusal(self, code: int, text: bytes | str) -> NotSent:
        """Return the error that a server's reply means for a mail."""
        said = _quote_reply(code, text)
        if code in SERVER_REPLIES:
            self._drop()
            return ServerAway(said)
        return RefusedForGood(said) if code >= FIRST_PERMANENT_REPLY else RefusedForNow(said)


def _quote_reply(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def compose_mail(notice: Notice, read: Settings) -> EmailMessage:
    """Return the notice's e-mail; its Message-ID is the same at every try.

    Raises ValueError for an invalid address.
    """
    host = urlsplit(read.base_url).hostname or "localhost"
    mail = EmailMessage(policy=SMTP.clone(max_line_length=78))
    mail["From"] = make_sender_address(read)
    mail["To"] = delivery_address(notice.recipient)  # an internationalised domain in ASCII
    mail["Subject"] = mark_text(read, notice.language, notice.subject)
    mail["Date"] = format_datetime(notice.created_at)
    mail["Message-ID"] = f"<notice.{notice.id}.{notice.created_at:%Y%m%d%H%M%S}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = notice.language
    body = notice.body
    if notice.kind is NoticeKind.MAIL_LINK:  # not in texts that people wrote
        body = fill_in_links(body, read.secret_key, read.base_url)
    mail.set_content(mark_text(read, notice.language, body) + "\n", cte="base64")
    return mail


def make_sender_address(read: Settings) -> str:
    """Return the sender address: at the website's host, if it has a name."""
    host = urlsplit(read.base_url).hostname or "localhost"
    return f"no-reply@{host if '.' in host and host[-1].isalpha() else 'localhost'}"


def _connect_server(place: SplitResult) -> smtplib.SMTP:
    """Connect to a mail server. Raises SMTPException where the server does not offer encryption.

    Unencrypted mail is allowed to this machine and with `?tls=off`, an unencrypted password only
    with the latter. TLS is used even then if the server offers it.
    """
    host = place.hostname or "localhost"
    trusted = ssl.create_default_context()
    if place.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, place.port or 0, timeout=ANSWER_SECONDS, context=trusted
        )
    else:
        server = smtplib.SMTP(host, place.port or 0, timeout=ANSWER_SECONDS)
    try:
        if place.scheme != "smtps":
            server.ehlo()
            if server.has_extn("starttls") or not _may_go_in_clear(place):
                server.starttls(context=trusted)
        if place.username:
            server.login(unquote(place.username), unquote(place.password or ""))
    except (smtplib.SMTPException, OSError):
        server.close()
        raise
    return server


def _may_go_in_clear(place: SplitResult) -> bool:
    at_home = place.hostname in LOOPBACK and not place.username
    return at_home or place.query == NO_TLS
