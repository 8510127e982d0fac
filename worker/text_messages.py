"""Text messages through an HTTP gateway; files where none is set."""

import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from appeals.models.notice import Notice
from appeals.settings import Settings
from worker.senders import (
    ANSWER_SECONDS,
    NotSent,
    RefusedForGood,
    RefusedForNow,
    ServerAway,
    write_to_folder,
)

LARGEST_ANSWER = 1 << 16  # bytes
OF_THE_MESSAGE = {400, 409, 410, 413, 422}
"""HTTP statuses that refuse this message; others tell of the gateway or of our account."""


class TextSender:
    """Posts messages to APPEALS_SMS_URL, or writes them to the outbox folder without one."""

    def __init__(self, read: Settings) -> None:
        """Open a client, which keeps its connection for the messages of a tick.

        It follows no redirect: followed, the message would be asked for again by GET, and a page's
        200 be taken for the gateway's. Unfollowed, a redirect is an error like any other status.
        """
        self.read = read
        self.client = httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False)

    def send(self, notice: Notice) -> None:
        """Post one message. Raises NotSent."""
        if self.read.sms_url is None:
            text = f"{notice.recipient}\n{notice.subject}\n\n{notice.body}\n"
            write_to_folder(notice, self.read, "txt", text.encode())
            return
        request = self._make_request(notice, self.read.sms_url, datetime.now(UTC))
        try:
            answer = self.client.send(request, stream=True)
            try:
                body = b"".join(_limited(answer.iter_bytes()))
            finally:
                answer.close()
        except (httpx.HTTPError, OSError) as trouble:
            raise ServerAway(f"{type(trouble).__name__}: {trouble}") from trouble
        if not answer.is_success:
            raise _refusal(answer.status_code)
        if self.read.sms_accepted:
            _check(body, *self.read.sms_accepted)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def _make_request(self, notice: Notice, url: str, now: datetime) -> httpx.Request:
        """Return the signed request of a try that is made now.

        The address carries the key shared with the gateway (https://:KEY@host/path). The header
        X-Signature is the hex HMAC-SHA256, under the key, of the body; Idempotency-Key names the
        notice. The body says when it was signed, in seconds since 1970, so that a gateway can
        refuse one that somebody recorded and sends again later.
        """
        place = urlsplit(url)
        message = {
            "id": notice.id,
            "to": notice.recipient,
            "text": notice.body,
            "timestamp": int(now.timestamp()),
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        key = unquote(place.password or "").encode()
        return self.client.build_request(
            "POST",
            place._replace(netloc=place.netloc.rpartition("@")[2]).geturl(),
            content=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Idempotency-Key": f"notice-{notice.id}",
                "X-Signature": hmac.digest(key, body, "sha256").hex(),
            },
        )


def _limited(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the beginning of an answer; a longer one is not read to its end."""
    size = 0
    for chunk in chunks:
        yield chunk
        size += len(chunk)
        if size >= LARGEST_ANSWER:
            return


def _refusal(code: int) -> NotSent:
    return RefusedForGood(f"HTTP {code}") if code in OF_THE_MESSAGE else ServerAway(f"HTTP {code}")


def _check(body: bytes, path: str, accepted: str) -> None:
    """Raise RefusedForNow unless the value at the path of the answer's JSON is `accepted`.

    The gateway does not say in one way of all whether a refusal is for good, so it is tried again.
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
