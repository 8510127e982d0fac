"""The known-browser cookie: which usernames and appeal numbers this browser has opened before.

The cookie opens nothing. It gives the browser its own rate limit of wrong tries for those names and
numbers (`casework/accounts/rate_limits.py`), so that strangers who guess cannot lock it out. It is
signed, names them by keyed hashes alone, and is deleted with “forget this computer”.
"""

import hashlib
import hmac
import secrets

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from appeals.web.shared.cookies import YEAR_SECONDS, Cookie

COOKIE = Cookie("known-browser", YEAR_SECONDS, "Strict")
MAX_SUBJECTS = 20
HASH_BYTES = 9


def remember_subject(subject: str) -> None:
    """Add a username or an appeal number to this browser's cookie."""
    browser, known = _read_cookie()
    hashed = _subject_hash(browser, subject)
    newest = [*(each for each in known if each != hashed), hashed][-MAX_SUBJECTS:]
    COOKIE.set_with_answer(_serializer().dumps([browser, *newest]))


def browser_id_for(subject: str) -> str | None:
    """Return the browser's id if it has opened that username or appeal number before."""
    browser, known = _read_cookie()
    return browser if _subject_hash(browser, subject) in known else None


def _read_cookie() -> tuple[str, list[str]]:
    """Return the browser's id, new where the cookie is not valid, and its subjects' hashes."""
    try:
        browser, *known = _serializer().loads(COOKIE.read_value())
    except BadSignature:
        return secrets.token_urlsafe(HASH_BYTES), []
    return browser, known


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(_hash_key(), salt="known browser")


def _subject_hash(browser: str, subject: str) -> str:
    told = f"{browser} {subject}".encode()
    return hmac.digest(_hash_key(), told, hashlib.sha256)[:HASH_BYTES].hex()


def _hash_key() -> bytes:
    key: bytes = current_app.secret_key  # type: ignore[assignment]  # request.py sets bytes
    return key
