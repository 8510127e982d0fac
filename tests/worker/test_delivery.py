"""Notices leave once, recognisably, and one that fails keeps no other back (Reliability 1)."""

import email
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as MailSession

from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import Notice
from tests.worker.conftest import Outbox
from worker.delivery import LONGEST_WAIT, TRIES, claim, deliver, wait_after


class Post:
    """A mail server's keeper: takes every letter but those to a refused address."""

    def __init__(self) -> None:
        """Have no letters yet."""
        self.letters: list[EmailMessage] = []
        self.refused: set[str] = set()

    async def handle_DATA(  # noqa: N802 - the server's own name
        self, _server: SMTP, _session: MailSession, envelope: Envelope
    ) -> str:
        if self.refused & set(envelope.rcpt_tos):
            return "451 try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        self.letters.append(email.message_from_bytes(content, policy=policy.default))
        return "250 taken"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def mailing(outbox: Outbox, post: Post) -> Iterator[Outbox]:
    """Give the outbox with a real mail server to send to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(post, hostname="127.0.0.1", port=port)
    server.start()
    smtp = f"smtp://127.0.0.1:{port}"
    yield replace(outbox, settings=replace(outbox.settings, smtp_url=smtp))
    server.stop()


def test_a_letter_leaves_once_and_names_its_notice(mailing: Outbox, post: Post) -> None:
    (notice_id,) = mailing.put("wang@example.org")
    assert deliver(mailing.sessions, mailing.settings) == 1
    assert deliver(mailing.sessions, mailing.settings) == 0
    (letter,) = post.letters
    assert letter["To"] == "wang@example.org"
    assert letter["Subject"] == "诉求已收到"
    assert str(letter["Message-ID"]).startswith(f"<notice.{notice_id}.")
    assert letter.get_content().strip() == "您的诉求已收到。"
    assert mailing.get(notice_id).sent_at is not None


def test_a_letter_that_was_taken_is_sent_whatever_the_server_says_then(
    mailing: Outbox, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closing(server: SMTP, _argument: str) -> None:
        await server.push("421 closing")

    monkeypatch.setattr(SMTP, "smtp_QUIT", closing)
    (notice_id,) = mailing.put("wang@example.org")
    assert deliver(mailing.sessions, mailing.settings) == 1
    assert mailing.get(notice_id).sent_at is not None
    assert len(post.letters) == 1


def test_without_a_mail_server_letters_are_files(outbox: Outbox) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    (text_id,) = outbox.put("13900000000", channel=NoticeChannel.SMS)
    assert deliver(outbox.sessions, outbox.settings) == 2
    names = sorted(path.name for path in outbox.settings.outbox_dir.iterdir())
    assert [name.rsplit("-", 1)[1] for name in names] == [f"{notice_id}.eml", f"{text_id}.txt"]


def test_two_deliverers_send_each_once(mailing: Outbox, post: Post) -> None:
    mailing.put(*(f"citizen{n}@example.org" for n in range(20)))
    with ThreadPoolExecutor(2) as two:
        sent = list(two.map(lambda _: deliver(mailing.sessions, mailing.settings), range(2)))
    assert sum(sent) == 20
    assert len({letter["Message-ID"] for letter in post.letters}) == len(post.letters) == 20


def test_a_claimed_notice_is_left_alone_until_its_lease_ends(outbox: Outbox) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    with outbox.sessions.begin() as first:
        assert claim(first) is not None
    with outbox.sessions.begin() as second:
        assert claim(second) is None
    assert outbox.get(notice_id).tries == 1


def test_a_failing_one_stops_no_other_and_is_tried_later(mailing: Outbox, post: Post) -> None:
    post.refused = {"li@example.org"}
    failing, wrong, good = mailing.put("li@example.org", "no\naddress", "wang@example.org")
    assert deliver(mailing.sessions, mailing.settings) == 1
    assert mailing.get(good).sent_at is not None
    for notice in (mailing.get(failing), mailing.get(wrong)):
        assert notice.sent_at is None
        assert notice.problem is not None
        assert notice.next_try_at > datetime.now(UTC)
    post.refused = set()
    due_now(mailing, failing)
    assert deliver(mailing.sessions, mailing.settings) == 1
    assert len(post.letters) == 2
    assert mailing.get(failing).problem is None


def test_after_eight_tries_it_is_parked(mailing: Outbox, post: Post) -> None:
    post.refused = {"li@example.org"}
    (failing,) = mailing.put("li@example.org")
    for _ in range(TRIES):
        assert mailing.get(failing).parked_at is None
        due_now(mailing, failing)
        assert deliver(mailing.sessions, mailing.settings) == 0
    assert mailing.get(failing).parked_at is not None
    assert mailing.get(failing).tries == TRIES


def test_one_that_takes_its_worker_along_is_parked(outbox: Outbox) -> None:
    (notice_id,) = outbox.put("wang@example.org")
    for _ in range(TRIES + 1):
        due_now(outbox, notice_id)
        with outbox.sessions.begin() as session:
            claim(session)  # and the worker dies before it sends
    assert outbox.get(notice_id).parked_at is not None


def test_waits_double_from_two_seconds_to_ten_minutes() -> None:
    for tries in range(1, TRIES + 20):
        whole = min(timedelta(seconds=2) * 2 ** (tries - 1), LONGEST_WAIT)
        assert whole * 0.74 < wait_after(tries) <= whole


class Gateway(BaseHTTPRequestHandler):
    """A gateway for text messages that keeps what came."""

    came: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.came.append((self.headers["Idempotency-Key"], self.headers["X-Signature"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""


def test_a_text_message_is_signed_and_names_its_notice(outbox: Outbox) -> None:
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sms = f"http://:the-key@127.0.0.1:{server.server_port}/send"
    (notice_id,) = outbox.put("13900000000", channel=NoticeChannel.SMS)
    assert deliver(outbox.sessions, replace(outbox.settings, sms_url=sms)) == 1
    server.shutdown()
    server.server_close()
    ((key, signature, body),) = Gateway.came
    assert key == f"notice-{notice_id}"
    assert hmac.compare_digest(signature, hmac.digest(b"the-key", body, "sha256").hex())
    assert json.loads(body)["to"] == "13900000000"


def due_now(outbox: Outbox, notice_id: int) -> None:
    """Let the next try be due, as if its wait were over."""
    with outbox.sessions.begin() as session:
        session.execute(
            sa.update(Notice)
            .where(Notice.id == notice_id)
            .values(next_try_at=datetime.now(UTC) - timedelta(seconds=1))
        )
