"""The browser session of a citizen: its random id in the signed cookie, given and taken away."""

from flask import session

from appeals.act import Act
from appeals.casework import citizen_sessions
from appeals.domain.people import STRANGER, Actor
from appeals.logs import SecurityEvent, log_security_event

SESSION_ID = "citizen"


def citizen() -> Actor:
    """Return the citizen at this browser, whoever of staff may be signed in at it."""
    session_id = session.get(SESSION_ID)
    return citizen_sessions.citizen_of(session_id) if session_id else STRANGER


def begin_session() -> Actor:
    """Give this browser a session that can open appeals, where it has none; return its citizen."""
    session.setdefault(SESSION_ID, citizen_sessions.new_session_id())
    return citizen()


def end_session(act: Act) -> None:
    """End this browser's session at the server, and empty its cookie."""
    if SESSION_ID in session:
        citizen_sessions.end_session(act.by(citizen()))
        log_security_event(SecurityEvent.CITIZEN_SESSION_ENDED)
    session.clear()
