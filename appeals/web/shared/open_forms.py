"""The forms that this browser has begun: their keys, in its session cookie alone."""

import secrets

from flask import request, session

from appeals.casework.handling.form_keys import hash_key
from appeals.web.shared import request as edge

KEYS_IN_COOKIE = "form_keys"
BEGUN_IN_COOKIE = "forms_begun"
MAX_OPEN_FORMS = 5
MIN_KEY_LENGTH, MAX_KEY_LENGTH = 20, 100
NAME_DIGITS = 16


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


def begun_at(key: str) -> float | None:
    """Return when this browser sent the form's first page, in seconds since 1970, if it did."""
    at: float | None = session.get(BEGUN_IN_COOKIE, {}).get(public_name_of(key))
    return at
