"""Who called before: a caller's earlier appeals, found by the telephone."""

from collections.abc import Sequence

import sqlalchemy as sa

from appeals.access import visible_to
from appeals.act import Act
from appeals.models.appeal import Appeal, Statement

SHOWN_MOST = 20


def earlier(act: Act, phone: str) -> Sequence[sa.Row[Appeal, str]]:
    """Give the newest appeals, with their subjects, of whoever left this number.

    `phone` is a number as it is dialled in China; one with the country before it is the same.
    """
    if not phone:
        return []
    ways = {phone, f"+86{phone}", f"+86{phone.removeprefix('0')}"}
    return act.session.execute(
        sa.select(Appeal, Statement.subject)
        .join(Statement, Statement.appeal_id == Appeal.id)
        .where(Statement.contact_phone.in_(ways), Statement.contact_phone != "")
        .where(visible_to(act.actor))
        .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
        .limit(SHOWN_MOST)
    ).all()
