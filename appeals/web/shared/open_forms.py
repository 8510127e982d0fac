"""The forms that this browser has begun: their keys, in its session cookie.

A signed cookie of its own holds them for a day, so that a draft is still there after the browser
was closed. It holds no form that was sent: the key of such a form leads to its receipt.
"""

import secrets
from collections.abc import Mapping

from flask import current_app, request, session
from itsdangerous import BadSignature, URLSafeTimedSerializer

from appeals.casework.handling.drafts import DRAFT_LIFETIME
from appeals.casework.handling.form_keys import hash_key
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.web.shared import request as edge
from appeals.web.shared.cookies import Cookie

KEYS_IN_COOKIE = "form_keys"
BEGUN_IN_COOKIE = "forms_begun"
MAX_OPEN_FORMS = 5
MIN_KEY_LENGTH, MAX_KEY_LENGTH = 20, 100
NAME_DIGITS = 16
KEPT_SECONDS = int(DRAFT_LIFETIME.total_seconds())
COOKIE = Cookie("open-forms", KEPT_SECONDS)


def make_key() -> str:
    """Make the one-time key of a new form."""
    return secrets.token_urlsafe(24)


def read_sent_key() -> str:
    """Return the form key that was sent, or a new one where none or a bad one was sent."""
    key = request.form.get("form_key", "")
    return key if MIN_KEY_LENGTH <= len(key) <= MAX_KEY_LENGTH else make_key()


def public_name_of(key: str) -> str:
    """Return the public name of a form, a hash of its key, for addresses."""
    return hash_key(key).hex()[:NAME_DIGITS]


def list_keys() -> list[str]:
    """Return the keys of the forms that this browser has begun, the newest last."""
    if KEYS_IN_COOKIE not in session:
        _restore_forms()
    kept: list[str] = session.get(KEYS_IN_COOKIE, [])
    return kept


def find_key(name: str | None) -> str | None:
    """Return the key of the form of that public name, if this browser began it."""
    return next((key for key in list_keys() if public_name_of(key) == name), None)


def remember_form(key: str) -> None:
    """Add a form's key to the cookie, so that this browser can come back to the form."""
    session[KEYS_IN_COOKIE] = [*(each for each in list_keys() if each != key), key][
        -MAX_OPEN_FORMS:
    ]
    names, times = {public_name_of(each) for each in list_keys()}, session.get(BEGUN_IN_COOKIE, {})
    now = int(edge.act().now.timestamp())
    session[BEGUN_IN_COOKIE] = {name: times.get(name, now) for name in sorted(names)}
    _keep_forms({each: session[BEGUN_IN_COOKIE][public_name_of(each)] for each in list_keys()})


def forget_sent_form(key: str) -> None:
    """Take a form that was sent out of the cookie that outlives the browser's session."""
    begun = session.get(BEGUN_IN_COOKIE, {})
    names = {each: public_name_of(each) for each in list_keys() if each != key}
    _keep_forms({each: begun[name] for each, name in names.items() if name in begun})


def _keep_forms(begun_by_key: Mapping[str, int]) -> None:
    """Have the answer set the cookie with these forms and when they were begun."""
    if begun_by_key:
        COOKIE.set_with_answer(_serializer().dumps(list(begun_by_key.items())))
    else:
        COOKIE.delete_with_answer()


def _restore_forms() -> None:
    """Take the forms of the cookie into a session that has none."""
    try:
        kept = _serializer().loads(COOKIE.read_value(), KEPT_SECONDS)
    except BadSignature:
        return
    session[KEYS_IN_COOKIE] = [key for key, _begun in kept]
    session[BEGUN_IN_COOKIE] = {public_name_of(key): begun for key, begun in kept}


def _serializer() -> URLSafeTimedSerializer:
    secret: bytes = current_app.extensions["appeals_secret"]
    return URLSafeTimedSerializer(derive_key(secret, KeyPurpose.OPEN_FORMS), salt="open forms")


def begun_at(key: str) -> float | None:
    """Return when this browser sent the form's first page, in seconds since 1970, if it did."""
    at: float | None = session.get(BEGUN_IN_COOKIE, {}).get(public_name_of(key))
    return at
