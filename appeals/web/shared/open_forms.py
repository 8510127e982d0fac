"""The forms that this browser has begun: their keys, kept in its own cookie and nowhere else."""

import secrets

from flask import request, session

from appeals.casework.handling.form_keys import hash_key
from appeals.web.shared import request as edge

KEYS = "form_keys"
BEGUN = "forms_begun"
KEYS_MOST = 5
KEY_SHORTEST, KEY_LONGEST = 20, 100
NAME_DIGITS = 16


def new_key() -> str:
    """Give the one-time key of a new form."""
    return secrets.token_urlsafe(24)


def sent_key() -> str:
    """Give the key that came with the form, or a new one where none that is good came."""
    key = request.form.get("form_key", "")
    return key if KEY_SHORTEST <= len(key) <= KEY_LONGEST else new_key()


def name_of(key: str) -> str:
    """Give the name under which addresses know a form; it does not tell the key."""
    return hash_key(key).hex()[:NAME_DIGITS]


def known() -> list[str]:
    """Give the keys of the forms that this browser has begun, the newest last."""
    kept: list[str] = session.get(KEYS, [])
    return kept


def key_of(name: str | None) -> str | None:
    """Give the key of the form of that name, if this browser began it."""
    return next((key for key in known() if name_of(key) == name), None)


def remember(key: str) -> None:
    """Let this browser come back to the form."""
    session[KEYS] = [*(each for each in known() if each != key), key][-KEYS_MOST:]
    names, times = {name_of(each) for each in known()}, session.get(BEGUN, {})
    now = int(edge.act().now.timestamp())
    session[BEGUN] = {name: times.get(name, now) for name in sorted(names)}


def begun(key: str) -> float | None:
    """Return when this browser sent the form's first page, in seconds since 1970, if it did."""
    at: float | None = session.get(BEGUN, {}).get(name_of(key))
    return at
