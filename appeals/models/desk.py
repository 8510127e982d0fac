"""Saved filters, reply templates, and the supervisors' watch list."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class SavedFilter(Base):
    """One person's saved filter of the case list, stored as the query string of its URL."""

    __tablename__ = "saved_filter"
    __table_args__ = (sa.UniqueConstraint("staff_id", "name", name="one_filter_per_name"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    name: Mapped[str]
    query: Mapped[str]


class ReplyTemplate(Base):
    """A wording for answers, maintained by a department's leader for its officers."""

    __tablename__ = "reply_template"
    __table_args__ = (sa.UniqueConstraint("department_code", "name", name="one_template_per_name"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    department_code: Mapped[str] = mapped_column(sa.ForeignKey("department.code"))
    name: Mapped[str]
    words: Mapped[str]
    changed_by: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    changed_at: Mapped[datetime]


class WatchListEntry(Base):
    """An appeal on the supervisors' watch list: who put it there, when, and the note for all."""

    __tablename__ = "watch_list_entry"

    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    note: Mapped[str]
    since: Mapped[datetime]
