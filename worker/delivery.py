"""Delivery: claim one notice, send it, note the outcome; at least once, recognisably the same.

A claim is a lease: it counts the try and commits before anything is sent, so no transaction
waits for the outside world, no two workers send one notice at once, and a notice that kills its
worker is parked like any other that fails. What is sent carries the notice's id, by which a
receiver knows a repetition.
"""

import hmac
import json
import secrets
import smtplib
import ssl
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from http.client import HTTPException
from urllib.parse import SplitResult, unquote, urlsplit

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, sessionmaker

from appeals.domain.calendar import SHANGHAI
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import Notice
from appeals.settings import Settings

log = structlog.get_logger()

Sender = Callable[[Notice, Settings], None]
TRIES = 8
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)
ANSWER_WITHIN = 10  # seconds, for one answer of a server
AT_MOST = 20  # seconds, for one tick
TROUBLES = (OSError, HTTPException, ValueError)
"""What a sender may raise: networks and servers, broken answers, an address that is none."""


def deliver(sessions: sessionmaker[Session], read: Settings) -> int:
    """Send what is due, until nothing is or the tick's time is over; give how many were sent."""
    sent, ends = 0, time.monotonic() + AT_MOST
    while time.monotonic() < ends:
        with sessions.begin() as session:
            notice = claim(session)
        if notice is None:
            break
        problem = attempt(notice, read)
        with sessions.begin() as session:
            note(session, notice.id, problem)
        sent += problem is None
    return sent


def claim(session: Session) -> Notice | None:
    """Take one due notice for the time of a lease, counting the try; None where nothing is due."""
    now = moment(session)
    while True:
        notice = session.scalar(
            sa.select(Notice)
            .where(
                Notice.next_try_at <= now,
                Notice.sent_at.is_(None),
                Notice.parked_at.is_(None),
                Notice.channel.in_(list(SENDERS)),
            )
            .order_by(Notice.next_try_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if notice is None:
            return None
        if notice.tries < TRIES:
            notice.tries, notice.next_try_at = notice.tries + 1, now + LEASE
            return notice
        notice.parked_at = now  # its last tries ended without a word: it took its worker along
        session.flush()  # the next look must not find it


def attempt(notice: Notice, read: Settings) -> str | None:
    """Send one notice; give the problem in one line, None where it went."""
    try:
        SENDERS[notice.channel](notice, read)
    except TROUBLES as trouble:
        log.warning(
            "notice_not_sent",
            notice=notice.id,
            tries=notice.tries,
            trouble=type(trouble).__name__,
        )
        return f"{type(trouble).__name__}: {trouble}"
    return None


def note(session: Session, notice_id: int, problem: str | None) -> None:
    """Write what came of the try: sent, to be tried again later, or parked."""
    now = moment(session)
    notice = session.get_one(Notice, notice_id, with_for_update=True)
    if notice.sent_at is not None:
        return
    notice.problem = problem
    if problem is None:
        notice.sent_at = now
    elif notice.tries >= TRIES:
        notice.parked_at = now
        log.error("notice_parked", notice=notice.id, tries=notice.tries)
    else:
        notice.next_try_at = now + wait_after(notice.tries)


def moment(session: Session) -> datetime:
    """Give the database's time, aware UTC."""
    now: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now


def wait_after(tries: int) -> timedelta:
    """Give the wait after so many tries: 2 s doubled each time, at most 10 min, with jitter."""
    seconds = min(FIRST_WAIT.total_seconds() * 2 ** (tries - 1), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * (0.75 + 0.25 * secrets.randbelow(1000) / 1000))


def message(notice: Notice, read: Settings) -> EmailMessage:
    """Give the e-mail; its Message-ID is the same at every try.

    Raises ValueError for an address that is none.
    """
    host = urlsplit(read.base_url).hostname or "localhost"
    mail = EmailMessage(policy=SMTP.clone(max_line_length=78))
    mail["From"] = f"no-reply@{host if '.' in host and host[-1].isalpha() else 'localhost'}"
    mail["To"] = notice.recipient
    mail["Subject"] = notice.subject
    mail["Date"] = format_datetime(notice.created_at)
    mail["Message-ID"] = f"<notice.{notice.id}.{notice.created_at:%Y%m%d%H%M%S}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = notice.language
    mail.set_content(notice.body + "\n", cte="base64")
    return mail


def send_mail(notice: Notice, read: Settings) -> None:
    """Send an e-mail through APPEALS_SMTP_URL, or write it to the outbox folder without one."""
    mail = message(notice, read)
    if read.smtp_url is None:
        _to_folder(notice, read, "eml", mail.as_bytes())
        return
    place = urlsplit(read.smtp_url)
    server = _server(place)
    try:
        if place.username:
            server.login(unquote(place.username), unquote(place.password or ""))
        server.send_message(mail)
    finally:
        with suppress(smtplib.SMTPException, OSError):  # what was taken stays taken
            server.quit()


def _server(place: SplitResult) -> smtplib.SMTP:
    """Connect, encrypted where the server offers it and always where a password is sent."""
    host = place.hostname or "localhost"
    trusted = ssl.create_default_context()
    if place.scheme == "smtps":
        return smtplib.SMTP_SSL(host, place.port or 0, timeout=ANSWER_WITHIN, context=trusted)
    server = smtplib.SMTP(host, place.port or 0, timeout=ANSWER_WITHIN)
    server.ehlo()
    if server.has_extn("starttls") or place.username:
        server.starttls(context=trusted)
    return server


def send_text(notice: Notice, read: Settings) -> None:
    """Post a text message to APPEALS_SMS_URL, or write it to the outbox folder without one.

    The address carries the key shared with the gateway (https://:KEY@host/path). The header
    X-Signature is the hex HMAC-SHA256, under the key, of the body; Idempotency-Key names the
    notice. Raises ValueError without a key.
    """
    if read.sms_url is None:
        text = f"{notice.recipient}\n{notice.subject}\n\n{notice.body}\n"
        _to_folder(notice, read, "txt", text.encode())
        return
    place = urlsplit(read.sms_url)
    if not place.password:
        raise ValueError("APPEALS_SMS_URL carries no key: https://:KEY@host/path")
    body = json.dumps(
        {"id": notice.id, "to": notice.recipient, "text": notice.body}, ensure_ascii=False
    ).encode()
    request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
        place._replace(netloc=place.netloc.rpartition("@")[2]).geturl(),
        data=body,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": f"notice-{notice.id}",
            "X-Signature": hmac.digest(unquote(place.password).encode(), body, "sha256").hex(),
        },
    )
    with urllib.request.urlopen(request, timeout=ANSWER_WITHIN):  # noqa: S310 - as above
        pass  # taken, whatever the body says


def _to_folder(notice: Notice, read: Settings, ending: str, content: bytes) -> None:
    """Write one file, whole or not at all; the name is the notice's, so twice is once."""
    folder = read.outbox_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{_stamp(notice.created_at)}-{notice.id}.{ending}"
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(content)
    half.rename(path)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"


SENDERS: Mapping[NoticeChannel, Sender] = {
    NoticeChannel.EMAIL: send_mail,
    NoticeChannel.SMS: send_text,
}
"""How each channel is sent; the desk's notices are told where they stand and need no sender."""
