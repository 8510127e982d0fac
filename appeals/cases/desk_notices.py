"""Desk notices: which are a member of staff's own, and which of them she has not read."""

from datetime import timedelta

import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import not_restricted_for
from appeals.domain.vocabulary import NoticeChannel
from appeals.models.notice import Notice, NoticeRead
from appeals.models.staff import StaffMember

UNREAD_SPAN = timedelta(days=30)
"""A notice older than this counts as read."""
Condition = sa.ColumnElement[bool]


def addressed_to_actor(act: Act) -> list[Condition]:
    """Return the conditions of `ix_notice_desk`, and that the actor may know of the appeal."""
    own = sa.select(sa.literal("staff:") + StaffMember.username).where(
        StaffMember.id == act.actor.staff_id
    )
    recipients = [own.scalar_subquery(), sa.literal(f"desk:{act.actor.department or ''}")]
    return [
        Notice.channel == NoticeChannel.DESK,
        Notice.recipient.in_(recipients),
        not_restricted_for(act.actor, Notice.appeal_id),
    ]


def is_unread(act: Act) -> Condition:
    """Return the condition that the actor has not read a notice of the last thirty days."""
    is_read = sa.exists().where(
        NoticeRead.staff_id == act.actor.staff_id, NoticeRead.notice_id == Notice.id
    )
    return sa.and_(Notice.created_at > act.now - UNREAD_SPAN, ~is_read)


def select_unread(act: Act) -> sa.Select[int]:
    """Select the ids of the actor's unread notices."""
    return sa.select(Notice.id).where(*addressed_to_actor(act), is_unread(act))
