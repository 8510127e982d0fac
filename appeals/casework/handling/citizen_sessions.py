"""Browser sessions of citizens: what each may open, and how that ends.

The session's random id stands in a signed cookie, its hash in the database. A cookie alone opens
nothing: what it opened are rows, so that a copy is worth nothing once the rows are gone.

The id is new with each new form, each filing and each query code that is given, and the rows go
over to it (session fixation): whoever copied the cookie of a shared computer before opens nothing
of the next citizen. A filing whose answer was lost is pressed again with the old id, which keeps
a claim to that one receipt for a few minutes.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.domain.people import Actor, Role
from appeals.models.appeal import Appeal
from appeals.models.citizen import OpenedAppeal

SESSION_LIFETIME = timedelta(days=2)
RECEIPT_LIFETIME = timedelta(hours=1)
"""From the filing on (Rules 3, receipt)."""
RESUBMISSION_WINDOW = timedelta(minutes=10)
"""From the filing on: how long the session before it may ask for the receipt once more."""
CLAIM_ONLY = -1
"""In place of the generation of the query code, in a row that opens no appeal: only a claim."""


def new_session_id() -> str:
    """Return the random id of a new session."""
    return secrets.token_urlsafe(24)


def citizen_actor(session_id: str, now: datetime) -> Actor:
    """Return the citizen at the browser with this session."""
    session_hash = hashlib.sha256(session_id.encode()).digest()
    return Actor(Role.CITIZEN, session=session_hash, opened_since=now - SESSION_LIFETIME)


def replace_session(act: Act, new: Actor) -> None:
    """Let a new session open what the actor's opened, which opens nothing from then on."""
    own = OpenedAppeal.session_hash == act.actor.session
    act.session.execute(
        sa.update(OpenedAppeal)
        .where(own, OpenedAppeal.opened_at > act.now - SESSION_LIFETIME)
        .values(session_hash=new.session)
        .execution_options(synchronize_session=False)
    )


def replace_session_after_filing(act: Act, new: Actor, appeal: Appeal) -> None:
    """Let a new session open what the actor's opened, and the appeal that it has filed.

    The actor's own keeps its claim to the receipt: the answer that brings the new session's
    cookie may be lost, and the form is then pressed again with the old one.
    """
    replace_session(act, new)
    row = {"appeal_id": appeal.id, "opened_at": act.now}
    opening = {
        "session_hash": new.session,
        "code_generation": appeal.code_generation,
        "receipt_until": appeal.filed_at + RECEIPT_LIFETIME,
    }
    claim = {
        "session_hash": act.actor.session,
        "code_generation": CLAIM_ONLY,
        "receipt_until": appeal.filed_at + RESUBMISSION_WINDOW,
    }
    rows = insert(OpenedAppeal).values([{**row, **opening}, {**row, **claim}])
    again = {name: rows.excluded[name] for name in opening if name != "session_hash"}
    act.session.execute(
        rows.on_conflict_do_update(index_elements=["session_hash", "appeal_id"], set_=again)
    )


def has_claim_only(act: Act, appeal: Appeal) -> bool:
    """Return whether the actor's session may ask for the receipt, but does not open the appeal."""
    row = find_opened_appeal(act, appeal)
    return row is not None and row.code_generation == CLAIM_ONLY


def build_opened_rows(act: Act, appeal: Appeal) -> list[OpenedAppeal]:
    """Return the row by which the session that files opens its appeal; none without a session."""
    if act.actor.role is not Role.CITIZEN or not act.actor.session:
        return []
    row = OpenedAppeal(
        session_hash=act.actor.session,
        appeal_id=appeal.id,
        code_generation=appeal.code_generation,
        opened_at=act.now,
        receipt_until=act.now + RECEIPT_LIFETIME,
    )
    return [row]


def open_appeal_by_code(act: Act, number: str) -> None:
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


def find_opened_appeal(act: Act, appeal: Appeal) -> OpenedAppeal | None:
    """Return the row by which the actor's session opened or filed the appeal, while it holds.

    The session may know the number, whether the query code was replaced since or not.
    """
    return act.session.scalar(
        sa.select(OpenedAppeal).where(
            OpenedAppeal.session_hash == act.actor.session,
            OpenedAppeal.appeal_id == appeal.id,
            OpenedAppeal.opened_at > act.now - SESSION_LIFETIME,
            sa.or_(
                OpenedAppeal.code_generation != CLAIM_ONLY, OpenedAppeal.receipt_until > act.now
            ),
        )
    )


def end_session(act: Act) -> None:
    """End what the actor's session has opened: no copy of its cookies opens anything any more."""
    own = OpenedAppeal.session_hash == act.actor.session
    act.session.execute(sa.delete(OpenedAppeal).where(own))


def delete_ended_sessions(act: Act) -> int:
    """Delete rows whose sessions are over; return how many."""
    old = sa.delete(OpenedAppeal).where(OpenedAppeal.opened_at < act.now - SESSION_LIFETIME)
    return len(act.session.execute(old.returning(sa.literal(1))).all())
