"""Text messages through an HTTP gateway; written to files where none is set."""

import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from appeals.casework.handling.notices import MAX_TEXT_CHARACTERS
from appeals.casework.messages.joined_messages import compose_text
from appeals.models.notice import Notice
from appeals.settings import Settings
from worker.senders import (
    ANSWER_SECONDS,
    NotSent,
    RefusedForGood,
    RefusedForNow,
    ServerAway,
    mark_text,
    write_to_folder,
)

MAX_ANSWER_BYTES = 1 << 16  # bytes
MESSAGE_REFUSALS = {400, 409, 410, 413, 422}
"""HTTP statuses that refuse this message; others are about the gateway or our account."""


class TextSender:
    """Posts messages to APPEALS_SMS_URL, or writes them to the outbox folder without one."""

    def __init__(self, read: Settings) -> None:
        """Open a client, which keeps its connection for the messages of a tick.

        Redirects are not followed: they would repeat the request as GET, and a page's 200 would
        count as the gateway's. A redirect is an error like any other status.
        """
        self.read = read
        self.client = httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False)

    def send(self, notice: Notice, key: str = "") -> None:
        """Post one message, by which the receiver knows it again: `key`, or the notice's id.

        Raises NotSent.
        """
        if self.read.sms_url is None:
            words = write_text(notice, self.read)
            text = f"{notice.recipient}\n{notice.subject}\n\n{words}\n"
            write_to_folder(notice, self.read, "txt", text.encode())
            return
        request = self._make_request(notice, self.read.sms_url, datetime.now(UTC), key)
        try:
            answer = self.client.send(request, stream=True)
            try:
                body = b"".join(_limited(answer.iter_bytes()))
            finally:
                answer.close()
        except (httpx.HTTPError, OSError) as trouble:
            raise ServerAway(f"{type(trouble).__name__}: {trouble}") from trouble
        if not answer.is_success:
            raise _make_refusal(answer.status_code)
        if self.read.sms_accepted:
            _check_answer(body, *self.read.sms_accepted)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _make_request(self, notice: Notice, url: str, now: datetime, key: str) -> httpx.Request:
        """Return the signed request of a try at `now`.

        The address carries the key shared with the gateway (https://:KEY@host/path). The header
        X-Signature is the hex HMAC-SHA256, under the key, of the body; Idempotency-Key names the
        notice. The body says when it was signed, in seconds since 1970, so that a gateway can
        refuse a replayed one.
        """
        place = urlsplit(url)
        message = {
            "id": key or notice.id,
            "to": notice.recipient,
            "text": write_text(notice, self.read),
            "timestamp": int(now.timestamp()),
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        secret = unquote(place.password or "").encode()
        return self.client.build_request(
            "POST",
            place._replace(netloc=place.netloc.rpartition("@")[2]).geturl(),
            content=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Idempotency-Key": key or f"notice-{notice.id}",
                "X-Signature": hmac.digest(secret, body, "sha256").hex(),
            },
        )


def find_text_room(read: Settings, language: str) -> int:
    """Return the most characters of a text message, without the mark of a training system."""
    return MAX_TEXT_CHARACTERS - len(mark_text(read, language, ""))


def write_text(notice: Notice, read: Settings) -> str:
    """Return a text message as it is sent."""
    room = find_text_room(read, notice.language)
    return mark_text(read, notice.language, compose_text(read.sms_sender, notice.body, room))


def _limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the beginning of a response, up to the size limit."""
    size = 0
    for chunk in chunks:
        yield chunk
        size += len(chunk)
        if size >= MAX_ANSWER_BYTES:
            return


def _make_refusal(code: int) -> NotSent:
    return (
        RefusedForGood(f"HTTP {code}") if code in MESSAGE_REFUSALS else ServerAway(f"HTTP {code}")
    )


def _check_answer(body: bytes, path: str, accepted: str) -> None:
    """Raise RefusedForNow unless the value at the path of the answer's JSON is `accepted`.

    Gateways have no common way to mark a permanent refusal, so the message is tried again.
    """
    try:
        found: Any = json.loads(body)
        for step in path.split("."):
            found = found[int(step) if isinstance(found, list) else step]
    except (ValueError, LookupError, TypeError):
        raise RefusedForNow(f"the gateway's answer has no {path}") from None
    said = found if isinstance(found, str) else json.dumps(found)
    if said != accepted:
        raise RefusedForNow(f"the gateway answered {path}={said[:100]}")
