"""Forms sent after the session had ended: kept for a day for the account that filled them in."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.models.staff import HeldForm, StaffMember, StaffSession

HOLD_TIME = timedelta(days=1)
MAX_HELD_FORMS = 5
"""Most forms kept for one account; the oldest is deleted first."""
FormField = tuple[str, str]


def hold_form(act: Act, token: str, path: str, fields: Sequence[FormField]) -> int | None:
    """Store a form for the owner of an ended session; return its id, None for an unknown token.

    Args:
        act: Of nobody: the session has ended.
        token: The token of the browser's ended session.
        path: The path that the form is posted to.
        fields: The form's fields as filled in.
    """
    staff_id = act.session.scalar(
        sa.select(StaffSession.staff_id)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == bytes.fromhex(staff_accounts.make_session_reference(token)),
            StaffSession.awaits_factor.is_(sa.false()),
            StaffMember.disabled_at.is_(None),
        )
    )
    if staff_id is None:
        return None
    form = HeldForm(staff_id=staff_id, path=path, fields=list(map(list, fields)), held_at=act.now)
    act.session.add(form)
    act.session.flush()
    newest = sa.select(HeldForm.id).where(HeldForm.staff_id == staff_id)
    newest = newest.order_by(HeldForm.id.desc()).limit(MAX_HELD_FORMS)
    older = sa.and_(HeldForm.staff_id == staff_id, HeldForm.id.not_in(newest))
    act.session.execute(sa.delete(HeldForm).where(older))
    return form.id


def find_held_form(act: Act, form_id: int) -> HeldForm | None:
    """Return a stored form of the actor; None where there is none or it is another person's."""
    return act.session.scalar(
        sa.select(HeldForm).where(
            HeldForm.id == form_id,
            HeldForm.staff_id == act.actor.staff_id,
            HeldForm.held_at > act.now - HOLD_TIME,
        )
    )


def drop_held_form(act: Act, form_id: int) -> None:
    """Delete a stored form of the actor, after it was sent or discarded."""
    own = sa.and_(HeldForm.id == form_id, HeldForm.staff_id == act.actor.staff_id)
    act.session.execute(sa.delete(HeldForm).where(own))


def delete_expired_forms(act: Act) -> int:
    """Delete forms stored for over a day; return how many."""
    old = sa.delete(HeldForm).where(HeldForm.held_at < act.now - HOLD_TIME)
    return len(act.session.scalars(old.returning(HeldForm.id)).all())
