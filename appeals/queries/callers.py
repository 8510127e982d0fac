"""Who called before: a caller's earlier appeals, found by the telephone or the mailbox."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.access import visible_to
from appeals.act import Act
from appeals.models.appeal import Appeal, ContactVersion, Statement

SHOWN_MOST = 20
Earlier = sa.Row[Appeal, str]
"""An earlier appeal with its subject."""


def earlier_by_phone(act: Act, phone: str) -> Sequence[Earlier]:
    """Give the newest appeals of whoever is reached by this number now.

    `phone` is a number as it is dialled in China; one with the country before it is the same.
    """
    if not phone:
        return []
    ways = {phone, f"+86{phone}", f"+86{phone.removeprefix('0')}"}
    return _newest(act, _reached_by(Statement.contact_phone, ContactVersion.phone, ways))


def earlier_by_email(act: Act, email: str) -> Sequence[Earlier]:
    """Give the newest appeals of whoever is reached by this mailbox now, in capitals or not."""
    if not email:
        return []
    filed, changed = sa.func.lower(Statement.contact_email), sa.func.lower(ContactVersion.email)
    return _newest(act, _reached_by(filed, changed, {email.lower()}))


def _newest(act: Act, appeal_ids: sa.CompoundSelect[int]) -> Sequence[Earlier]:
    return act.session.execute(
        sa.select(Appeal, Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(Appeal.id.in_(appeal_ids))
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(SHOWN_MOST)
    ).all()


def _reached_by(
    filed: sa.SQLColumnExpression[str],
    changed: sa.SQLColumnExpression[str],
    ways: Collection[str],
) -> sa.CompoundSelect[int]:
    """Give the appeals whose current contact is one of these ways; both halves use an index.

    `filed` is a column of the statement, `changed` the same of a later contact.
    """
    later = aliased(ContactVersion)
    was_filed = sa.select(Statement.appeal_id).where(
        filed.in_(ways),
        filed != "",  # as the index has it
        ~sa.exists().where(later.appeal_id == Statement.appeal_id),
    )
    was_changed = sa.select(ContactVersion.appeal_id).where(
        changed.in_(ways),
        changed != "",
        ~sa.exists().where(
            later.appeal_id == ContactVersion.appeal_id, later.move_seq > ContactVersion.move_seq
        ),
    )
    return sa.union_all(was_filed, was_changed)
