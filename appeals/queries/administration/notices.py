"""The notices that could not be delivered, for an administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import visible_to
from appeals.domain.vocabulary import NoticeChannel, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice

MAX_SHOWN = 100
SHOWN_PHONE_DIGITS = 4


@dataclass(frozen=True)
class GivenUpNotice:
    """A notice that was given up: its kind, its recipient (masked), and the error.

    `number` is that of its appeal; empty for a notice about an account, and for an appeal that the
    actor may not see.
    """

    id: int
    number: str
    kind: NoticeKind
    channel: NoticeChannel
    recipient: str
    tries: int
    parked_at: datetime
    problem: str


def list_given_up(act: Act) -> tuple[Sequence[GivenUpNotice], int]:
    """Return the newest hundred notices that were given up, and the number of all."""
    parked = Notice.parked_at.is_not(None)
    rows = act.session.execute(
        sa.select(Notice, Appeal.number)
        .outerjoin(Appeal, sa.and_(Appeal.id == Notice.appeal_id, visible_to(act.actor)))
        .where(parked)
        .order_by(Notice.parked_at.desc(), Notice.id.desc())
        .limit(MAX_SHOWN)
    )
    found = [_given_up_notice(notice, number or "") for notice, number in rows]
    count = act.session.scalar(sa.select(sa.func.count()).select_from(Notice).where(parked))
    return found, count or 0


def _given_up_notice(notice: Notice, number: str) -> GivenUpNotice:
    hidden = _mask_recipient(notice.recipient)
    return GivenUpNotice(
        id=notice.id,
        number=number,
        kind=notice.kind,
        channel=notice.channel,
        recipient=hidden,
        tries=notice.tries,
        parked_at=notice.parked_at or notice.created_at,
        problem=(notice.problem or "").replace(notice.recipient, hidden),
    )


def _mask_recipient(recipient: str) -> str:
    local, at, domain = recipient.partition("@")
    return f"{local[:1]}***{at}{domain}" if at else f"****{recipient[-SHOWN_PHONE_DIGITS:]}"
