"""Browser sessions of citizens: which appeals each may open, and when that ends.

The session's random id is in a signed cookie, its hash in the database. The cookie alone opens
nothing: access is by rows, so a copied cookie is worthless once they are deleted.

Against session fixation the id changes with each new form, each filing and each query code that is
entered, and the rows move to the new id: whoever copied the cookie on a shared computer opens
nothing of the next citizen. If the response to a filing is lost, the form is sent again with the
old id; for that, the old session keeps a claim to this one receipt for a few minutes.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.cases.access import OPENED_BY_HELPER
from appeals.domain.people import Actor, Role
from appeals.models.appeal import Appeal
from appeals.models.citizen import OpenedAppeal

SESSION_LIFETIME = timedelta(days=2)
RECEIPT_LIFETIME = timedelta(hours=1)
"""How long after the filing its receipt can be shown (Rules 3, receipt)."""
RESUBMISSION_WINDOW = timedelta(minutes=10)
"""How long after the filing the replaced session may request the receipt once more."""
CLAIM_ONLY = -1
"""The `code_generation` of a row that does not open the appeal, only claims its receipt."""


def new_session_id() -> str:
    """Return a random id for a new session."""
    return secrets.token_urlsafe(24)


def citizen_actor(session_id: str, now: datetime) -> Actor:
    """Return the actor for the citizen whose browser has this session."""
    session_hash = hashlib.sha256(session_id.encode()).digest()
    return Actor(Role.CITIZEN, session=session_hash, opened_since=now - SESSION_LIFETIME)


def replace_session(act: Act, new: Actor) -> None:
    """Move what the actor's session has opened to a new session; the old one opens nothing then."""
    own = OpenedAppeal.session_hash == act.actor.session
    act.session.execute(
        sa.update(OpenedAppeal)
        .where(own, OpenedAppeal.opened_at > act.now - SESSION_LIFETIME)
        .values(session_hash=new.session)
        .execution_options(synchronize_session=False)
    )


def replace_session_after_filing(act: Act, new: Actor, appeal: Appeal) -> None:
    """Move what the actor's session has opened, and the appeal just filed, to a new session.

    The old session keeps a claim to the receipt: the response with the new cookie may be lost, and
    the form is then sent again with the old one.
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
    """Return whether the actor's session may request the receipt but not open the appeal."""
    row = find_opened_appeal(act, appeal)
    return row is not None and row.code_generation == CLAIM_ONLY


def open_filed_appeal(act: Act, appeal: Appeal) -> None:
    """Let the session that filed an appeal open it; staff have no such session."""
    if act.actor.role is not Role.CITIZEN or not act.actor.session:
        return
    act.session.add(
        OpenedAppeal(
            session_hash=act.actor.session,
            appeal_id=appeal.id,
            code_generation=appeal.code_generation,
            opened_at=act.now,
            receipt_until=act.now + RECEIPT_LIFETIME,
        )
    )


def open_appeal_by_code(act: Act, number: str, helper_code_id: int | None = None) -> None:
    """Let the actor's session open an appeal whose query code was entered and checked.

    With `helper_code_id` it was the code of a helper, and opens what a helper may see and do.
    """
    generation = sa.literal(OPENED_BY_HELPER) if helper_code_id else Appeal.code_generation
    code_given = sa.select(
        sa.literal(act.actor.session),
        Appeal.id,
        generation,
        sa.literal(act.now),
        sa.literal(helper_code_id, sa.BigInteger()),
    ).where(Appeal.number == number)
    columns = ["session_hash", "appeal_id", "code_generation", "opened_at", "helper_code_id"]
    new = insert(OpenedAppeal).from_select(columns, code_given)
    again = {
        name: new.excluded[name] for name in ("code_generation", "opened_at", "helper_code_id")
    }
    act.session.execute(
        new.on_conflict_do_update(index_elements=["session_hash", "appeal_id"], set_=again)
    )


def find_opened_appeal(act: Act, appeal: Appeal) -> OpenedAppeal | None:
    """Return the row by which the actor's session opened or filed the appeal, while it is valid.

    Such a session may be told the number, even if the query code was replaced since.
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
    """Delete what the actor's session has opened, so that no copy of its cookies opens anything."""
    own = OpenedAppeal.session_hash == act.actor.session
    act.session.execute(sa.delete(OpenedAppeal).where(own))


def delete_ended_sessions(act: Act) -> int:
    """Delete the rows of sessions that are over; return how many."""
    old = sa.delete(OpenedAppeal).where(OpenedAppeal.opened_at < act.now - SESSION_LIFETIME)
    return len(act.session.execute(old.returning(sa.literal(1))).all())
