"""The browser session of a citizen, and her device: their random ids in signed cookies.

The device's cookie lasts longer and opens nothing by itself: access is by rows
(`casework/following/device_list.py`), which “leave” deletes.

Two tabs share one cookie, and so one session. Where both replace it in the same moment, the cookie
of the later answer wins: what the other opened asks for number and code once more.
"""

import hashlib
import hmac
from datetime import datetime

from flask import current_app, session
from itsdangerous import BadSignature, URLSafeSerializer

from appeals.act import Act
from appeals.casework.following import device_list
from appeals.casework.handling import citizen_sessions
from appeals.casework.handling.filing import Receipt
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.people import STRANGER, Actor
from appeals.logs import SecurityEvent, log_security_event
from appeals.web.shared.cookies import Cookie

SESSION_ID = "citizen"
DEVICE_COOKIE = Cookie("device", int(device_list.DEVICE_LIFETIME.total_seconds()))


def current_citizen(now: datetime) -> Actor:
    """Return the citizen at this browser, even where a member of staff is signed in at it."""
    session_id = session.get(SESSION_ID)
    citizen = citizen_sessions.citizen_actor(session_id, now) if session_id else STRANGER
    return _add_device(citizen, now)


def begin_session(now: datetime) -> Actor:
    """Begin a citizen session where this browser has none; return its citizen."""
    session.setdefault(SESSION_ID, citizen_sessions.new_session_id())
    return current_citizen(now)


def renew_session(act: Act) -> Actor:
    """Replace this browser's session by a new one with the same appeals; return its citizen.

    A copy of the old cookie opens nothing from then on (session fixation).
    """
    old = current_citizen(act.now)
    session[SESSION_ID] = citizen_sessions.new_session_id()
    new = current_citizen(act.now)
    if old.session:
        citizen_sessions.replace_session(act.by(old), new)
    return new


def renew_after_filing(act: Act, receipt: Receipt) -> None:
    """Replace this browser's session after a filing, once however often the form is sent.

    A browser that sends again because the answer was lost still has the old session; its claim to
    the receipt opens the appeal to the new one.
    """
    filed = act.by(current_citizen(act.now))
    if receipt.is_repeat and not citizen_sessions.has_claim_only(filed, receipt.appeal):
        return
    session[SESSION_ID] = citizen_sessions.new_session_id()
    new = current_citizen(act.now)
    citizen_sessions.replace_session_after_filing(filed, new, receipt.appeal)


def end_session(act: Act) -> None:
    """End this browser's session and its list of appeals at the server; empty the cookies."""
    citizen = act.by(current_citizen(act.now))
    if citizen.actor.device:
        device_list.end_list(citizen)
        DEVICE_COOKIE.delete_with_answer()
    if SESSION_ID in session:
        citizen_sessions.end_session(citizen)
        log_security_event(SecurityEvent.CITIZEN_SESSION_ENDED)
    session.clear()


def _add_device(citizen: Actor, now: datetime) -> Actor:
    """Return the citizen with the device that this browser has a cookie of, if it has one."""
    device_id = _read_device_id()
    return device_list.on_device(citizen, device_id, now) if device_id else citizen


def renew_device(citizen: Actor, now: datetime, added: str) -> Actor:
    """Give this browser a new id as a device, since something is added; return the citizen with it.

    The new id follows from the old one, so that adding the same again, because the answer did not
    arrive, finds the list where the first time put it. Without our key nobody can compute it.
    """
    former = _read_device_id()
    device_id = device_list.new_device_id()
    if former:
        follows = f"{former} {citizen.session.hex()} {added}"
        device_id = hmac.digest(_device_key(), follows.encode(), hashlib.sha256).hex()
    DEVICE_COOKIE.set_with_answer(_device_serializer().dumps(device_id))

    return device_list.on_device(citizen, device_id, now)


def _read_device_id() -> str:
    """Return the device's id in the cookie of this browser; empty where it has none of ours."""
    try:
        device_id: str = _device_serializer().loads(DEVICE_COOKIE.read_value())
    except BadSignature:
        return ""
    return device_id


def _device_serializer() -> URLSafeSerializer:
    return URLSafeSerializer(_device_key(), salt="device")


def _device_key() -> bytes:
    secret: bytes = current_app.extensions["appeals_secret"]
    return derive_key(secret, KeyPurpose.DEVICE)
