"""A plain browser: cookies, forms by their hidden fields, and no answer taken for another."""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from http.cookiejar import CookieJar

PATIENCE = 15
"""Seconds that a person waits for one answer: what takes longer counts as no answer."""
NO_ANSWER = (OSError, HTTPException)
"""What a killed server looks like from outside."""
SERVER_ERROR = 500
HIDDEN = re.compile(r'name="(csrf_token|form_key|seen)"[^>]*value="([^"]*)"')


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the redirect itself is the acknowledgement."""

    def redirect_request(self, *_asked: object, **_more: object) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    """One answer of the website, read to its end."""

    status: int
    body: bytes
    headers: Message

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    @property
    def to(self) -> str:
        """Return where a redirect leads; empty for a page."""
        return self.headers.get("Location", "")

    @property
    def hidden(self) -> dict[str, str]:
        """Give the hidden fields of the page's first form."""
        return dict(reversed(HIDDEN.findall(self.text)))

    def marked(self, name: str) -> str:
        """Read what the page shows under `data-name`, such as the number on a receipt."""
        found = re.search(rf"data-{name}>([^<]+)<", self.text)
        return found.group(1).strip() if found else ""


class Browser:
    """One person's browser; it keeps its cookies, whichever web server answers."""

    patience = PATIENCE

    def __init__(self) -> None:
        """Open it without cookies."""
        self._opener = urllib.request.build_opener(
            _Stay, urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def get(self, address: str) -> Answer:
        """Read a page. Raises one of `NO_ANSWER` where none came."""
        return self._ask(urllib.request.Request(address))  # noqa: S310 - our own city

    def post(self, address: str, form: Mapping[str, str]) -> Answer:
        """Send a form. Raises one of `NO_ANSWER` where none came."""
        body = urllib.parse.urlencode(form).encode()
        return self._ask(urllib.request.Request(address, body))  # noqa: S310 - our own city

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=self.patience) as came:
                return Answer(came.status, came.read(), came.headers)
        except urllib.error.HTTPError as other:
            with other:
                return Answer(other.code, other.read(), other.headers)
