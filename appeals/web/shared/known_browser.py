"""The known-browser cookie: which usernames and appeal numbers this browser has opened before.

The cookie opens nothing. It gives the browser its own rate limit of wrong tries for those names and
numbers (`casework/accounts/rate_limits.py`), so that strangers who guess cannot lock it out. It is
signed, names them by keyed hashes alone, and is deleted with “forget this computer”.
"""

import hashlib
import hmac
import secrets

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

YEAR_SECONDS = 365 * 24 * 3600
MAX_SUBJECTS = 20
HASH_BYTES = 9


def remember_subject(subject: str) -> None:
    """Add a username or an appeal number to this browser's cookie."""
    browser, known = _read_cookie()
    hashed = _subject_hash(browser, subject)
    newest = [*(each for each in known if each != hashed), hashed][-MAX_SUBJECTS:]
    value = _serializer().dumps([browser, *newest])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _cookie_name(),
            value,
            YEAR_SECONDS,
            secure=_is_secure(),
            httponly=True,
            samesite="Strict",
        )
        return response


def browser_id_for(subject: str) -> str | None:
    """Return the browser's id if it has opened that username or appeal number before."""
    browser, known = _read_cookie()
    return browser if _subject_hash(browser, subject) in known else None


def delete_cookie(response: AnyResponse) -> None:
    """Delete the cookie."""
    response.delete_cookie(_cookie_name(), secure=_is_secure(), httponly=True, samesite="Strict")


def _read_cookie() -> tuple[str, list[str]]:
    """Return the browser's id, new where the cookie is not valid, and its subjects' hashes."""
    try:
        browser, *known = _serializer().loads(request.cookies.get(_cookie_name(), ""))
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


def _cookie_name() -> str:
    return "__Host-known-browser" if _is_secure() else "known-browser"


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
