"""Browser sessions of citizens: what each may open, and how that ends.

The session's random id stands in a signed cookie, its hash in the database. A cookie alone opens
nothing: what it opened are rows, so that a copy is worth nothing once the rows are gone.
"""

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.people import Actor, Role
from appeals.models.appeal import Appeal
from appeals.models.citizen import OpenedAppeal

LIFETIME = timedelta(days=2)
RECEIPT_SHOWN = timedelta(hours=1)
"""From the filing on (Rules 3, receipt)."""


def new_session_id() -> str:
    """Return the random id of a new session."""
    return secrets.token_urlsafe(24)


def citizen_of(session_id: str) -> Actor:
    """Return the citizen at the browser with this session."""
    return Actor(Role.CITIZEN, session=hashlib.sha256(session_id.encode()).digest())


def opened_by_filing(act: Act, appeal: Appeal) -> list[OpenedAppeal]:
    """Return the row by which the session that files opens its appeal; none without a session."""
    if act.actor.role is not Role.CITIZEN or not act.actor.session:
        return []
    row = OpenedAppeal(
        session_hash=act.actor.session,
        appeal_id=appeal.id,
        code_generation=appeal.code_generation,
        opened_at=act.now,
        receipt_until=act.now + RECEIPT_SHOWN,
    )
    return [row]


def open_number(act: Act, number: str) -> None:
    """Let the actor's session open an appeal whose query code was given."""
    code_given = sa.select(
        sa.literal(act.actor.session), Appeal.id, Appeal.code_generation, sa.literal(act.now)
    ).where(Appeal.number == number)
    columns = ["session_hash", "appeal_id", "code_generation", "opened_at"]
    new = insert(OpenedAppeal).from_select(columns, code_given)
    again = {name: new.excluded[name] for name in ("code_generation", "opened_at")}
    act.session.execute(
        new.on_conflict_do_update(index_elements=["session_hash", "appeal_id"], set_=again)
    )


def opened(act: Act, appeal: Appeal) -> OpenedAppeal | None:
    """Return the row by which the actor's session opened the appeal, if it did.

    The session may know the number, whether the query code was replaced since or not.
    """
    return act.session.scalar(
        sa.select(OpenedAppeal).where(
            OpenedAppeal.session_hash == act.actor.session,
            OpenedAppeal.appeal_id == appeal.id,
        )
    )


def end_session(act: Act) -> None:
    """End what the actor's session has opened: no copy of its cookies opens anything any more."""
    own = OpenedAppeal.session_hash == act.actor.session
    act.session.execute(sa.delete(OpenedAppeal).where(own))


def tidy(act: Act) -> int:
    """Delete rows whose sessions are over; return how many."""
    old = sa.delete(OpenedAppeal).where(OpenedAppeal.opened_at < act.now - LIFETIME)
    return len(act.session.execute(old.returning(sa.literal(1))).all())
