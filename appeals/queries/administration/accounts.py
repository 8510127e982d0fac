"""The open sessions of a member of staff, and accounts by username."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.domain.messages import message
from appeals.domain.people import STAFF_IDLE_TIMEOUT, STAFF_SESSION_LIFETIME
from appeals.domain.refusals import Refused, RefusedKind
from appeals.models.staff import StaffMember, StaffSession


@dataclass(frozen=True)
class OpenSession:
    """An open session: the name it is listed under, its browser, and its last request."""

    name: str
    browser: str
    created_at: datetime
    seen_at: datetime


def list_open_sessions(act: Act, username: str) -> Sequence[OpenSession]:
    """Return the open sessions of a person, the most recently used first."""
    rows = act.session.scalars(
        sa.select(StaffSession)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffMember.username == username,
            StaffSession.ended_at.is_(None),
            StaffSession.awaits_factor.is_(False),
            StaffSession.seen_at > act.now - STAFF_IDLE_TIMEOUT,
            StaffSession.created_at > act.now - STAFF_SESSION_LIFETIME,
        )
        .order_by(StaffSession.seen_at.desc())
    )
    return [
        OpenSession(row.token_hash.hex(), row.browser or "", row.created_at, row.seen_at)
        for row in rows
    ]


def find_account_id(act: Act, username: str) -> int:
    """Return the id of an account. Raises Refused (not found)."""
    found = act.session.scalar(sa.select(StaffMember.id).where(StaffMember.username == username))
    if found is None:
        raise Refused(RefusedKind.NOT_FOUND, message("There is no such account."))
    return found


def load_own_account(act: Act) -> StaffMember:
    """Return the actor's own account."""
    return act.session.get_one(StaffMember, act.actor.staff_id)
