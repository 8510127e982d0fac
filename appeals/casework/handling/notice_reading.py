"""Marks desk notices as read; a department's notices are read by each person for herself."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from appeals.act import Act
from appeals.cases.desk_notices import UNREAD_SPAN, select_unread
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice, NoticeRead


def mark_case_read(act: Act, appeal: Appeal) -> None:
    """Mark the actor's notices about one appeal as read."""
    _mark_read(act, select_unread(act).where(Notice.appeal_id == appeal.id))


def mark_all_read(act: Act, newest: int) -> None:
    """Mark the actor's notices as read, up to the newest one that the page showed."""
    _mark_read(act, select_unread(act).where(Notice.id <= newest))


def _mark_read(act: Act, unread: sa.Select[int]) -> None:
    found = unread.add_columns(sa.literal(act.actor.staff_id), sa.literal(act.now))
    act.session.execute(
        insert(NoticeRead)
        .from_select(["notice_id", "staff_id", "read_at"], found)
        .on_conflict_do_nothing()
    )


def delete_old_read_marks(act: Act) -> int:
    """Delete the marks of notices that count as read by their age; return how many."""
    old = sa.delete(NoticeRead).where(NoticeRead.read_at < act.now - UNREAD_SPAN)
    return len(act.session.execute(old.returning(sa.literal(1))).all())
