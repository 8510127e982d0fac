"""Absences of a department's staff, during which their work is covered by others."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class StaffAbsence(Base):
    """Days on which a member of staff is away: from `since` on, back at work on `until`."""

    __tablename__ = "staff_absence"
    __table_args__ = (sa.CheckConstraint("until > since", name="an_absence_has_days"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    since: Mapped[date]
    until: Mapped[date]
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    recorded_at: Mapped[datetime]


def is_absent(staff_id: sa.ColumnElement[int] | Mapped[int], day: date) -> sa.ColumnElement[bool]:
    """Return the condition that a member of staff is away on a day."""
    return sa.exists().where(
        StaffAbsence.staff_id == staff_id, StaffAbsence.since <= day, StaffAbsence.until > day
    )
