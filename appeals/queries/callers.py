"""Who called before: a caller's earlier appeals, found by the telephone."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.access import visible_to
from appeals.act import Act
from appeals.models.appeal import Appeal, ContactVersion, Statement

SHOWN_MOST = 20


def earlier(act: Act, phone: str) -> Sequence[sa.Row[Appeal, str]]:
    """Give the newest appeals, with their subjects, of whoever is reached by this number now.

    `phone` is a number as it is dialled in China; one with the country before it is the same.
    """
    if not phone:
        return []
    ways = {phone, f"+86{phone}", f"+86{phone.removeprefix('0')}"}
    return act.session.execute(
        sa.select(Appeal, Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(Appeal.id.in_(_reached_by(ways)))
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(SHOWN_MOST)
    ).all()


def _reached_by(phones: Collection[str]) -> sa.CompoundSelect[int]:
    """Give the appeals whose current contact has one of the numbers; both halves use an index."""
    later = aliased(ContactVersion)
    was_filed = sa.select(Statement.appeal_id).where(
        Statement.contact_phone.in_(phones),
        Statement.contact_phone != "",
        ~sa.exists().where(later.appeal_id == Statement.appeal_id),
    )
    was_changed = sa.select(ContactVersion.appeal_id).where(
        ContactVersion.phone.in_(phones),
        ContactVersion.phone != "",
        ~sa.exists().where(
            later.appeal_id == ContactVersion.appeal_id, later.move_seq > ContactVersion.move_seq
        ),
    )
    return sa.union_all(was_filed, was_changed)
