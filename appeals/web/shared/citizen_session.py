"""The browser session of a citizen: its random id in the signed cookie.

Two tabs share one cookie, and so one session. Where both replace it in the same moment, the cookie
of the later answer wins: what the other opened asks for number and code once more.
"""

from datetime import datetime

from flask import session

from appeals.act import Act
from appeals.casework.following import device_list
from appeals.casework.handling import citizen_sessions
from appeals.casework.handling.filing import Receipt
from appeals.domain.people import STRANGER, Actor
from appeals.logs import SecurityEvent, log_security_event
from appeals.web import device_cookie

SESSION_ID = "citizen"


def current_citizen(now: datetime) -> Actor:
    """Return the citizen at this browser, even where a member of staff is signed in at it."""
    session_id = session.get(SESSION_ID)
    citizen = citizen_sessions.citizen_actor(session_id, now) if session_id else STRANGER
    return device_cookie.add_device(citizen, now)


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
        device_cookie.delete_cookie()
    if SESSION_ID in session:
        citizen_sessions.end_session(citizen)
        log_security_event(SecurityEvent.CITIZEN_SESSION_ENDED)
    session.clear()
