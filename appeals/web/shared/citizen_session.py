"""The browser session of a citizen: its random id in the signed cookie, given and taken away.

Two tabs share one cookie, and so one session. Where both replace it in the same moment, the cookie
of the later answer stands: what the other one opened asks for number and code once more.
"""

from datetime import datetime

from flask import session

from appeals.act import Act
from appeals.casework.handling import citizen_sessions
from appeals.casework.handling.filing import Receipt
from appeals.domain.people import STRANGER, Actor
from appeals.logs import SecurityEvent, log_security_event

SESSION_ID = "citizen"


def citizen(now: datetime) -> Actor:
    """Return the citizen at this browser, whoever of staff may be signed in at it."""
    session_id = session.get(SESSION_ID)
    return citizen_sessions.citizen_actor(session_id, now) if session_id else STRANGER


def begin_session(now: datetime) -> Actor:
    """Give this browser a session that can open appeals, where it has none; return its citizen."""
    session.setdefault(SESSION_ID, citizen_sessions.new_session_id())
    return citizen(now)


def renew_session(act: Act) -> Actor:
    """Give this browser a new session that opens what its old one did; return its citizen.

    A copy of the old cookie, made before this citizen came to the computer, opens nothing.
    """
    old = citizen(act.now)
    session[SESSION_ID] = citizen_sessions.new_session_id()
    new = citizen(act.now)
    if old.session:
        citizen_sessions.replace_session(act.by(old), new)
    return new


def renew_after_filing(act: Act, receipt: Receipt) -> None:
    """Give this browser a new session with its filing, once however often it is pressed.

    A browser that presses again because the answer was lost has the old session still: its claim
    to the receipt opens the appeal to a new one.
    """
    filed = act.by(citizen(act.now))
    if receipt.is_repeat and not citizen_sessions.has_claim_only(filed, receipt.appeal):
        return
    session[SESSION_ID] = citizen_sessions.new_session_id()
    new = citizen(act.now)
    citizen_sessions.replace_session_after_filing(filed, new, receipt.appeal)


def end_session(act: Act) -> None:
    """End this browser's session at the server, and empty its cookie."""
    if SESSION_ID in session:
        citizen_sessions.end_session(act.by(citizen(act.now)))
        log_security_event(SecurityEvent.CITIZEN_SESSION_ENDED)
    session.clear()
