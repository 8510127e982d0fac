"""The access log: what members of staff opened, looked up and took out of the system."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.people import Role
from appeals.domain.vocabulary import AccessKind

MAX_DETAIL_BYTES = 4000


class AccessLogRow(Base):
    """One access by a member of staff; rows are only ever added.

    `month` is the first day of the UTC month of `at` and leads the key, so that monthly range
    partitions can be added. `id` is a UUID of version 7, made by the process that writes: the
    HMAC covers it, and no writer waits for another. There are no foreign keys: a row of an appeal
    that somebody is changing would wait for that transaction.

    `detail` holds codes and counts by name, and for a contact the reason with its words. `subject`
    is a keyed hash of what was looked up, never a telephone number. `session` is the beginning of
    the hash that names the browser session. `mac` is written by `casework/records/access_log.py`.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        sa.CheckConstraint(
            "month = date_trunc('month', at AT TIME ZONE 'UTC')::date", name="month_of_its_moment"
        ),
        sa.CheckConstraint(
            f"octet_length(detail::text) <= {MAX_DETAIL_BYTES}", name="detail_is_short"
        ),
        sa.Index(
            "ix_access_log_appeal_id_at_id",
            "appeal_id",
            "at",
            "id",
            postgresql_where=sa.text("appeal_id IS NOT NULL"),
        ),
        sa.Index("ix_access_log_staff_id_at_id", "staff_id", "at", "id"),
        sa.Index("ix_access_log_at", "at", postgresql_using="brin"),
    )

    month: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    staff_id: Mapped[int]
    role: Mapped[Role] = mapped_column(enum_type(Role))
    kind: Mapped[AccessKind] = mapped_column(enum_type(AccessKind))
    appeal_id: Mapped[int | None]
    subject: Mapped[str | None]
    detail: Mapped[dict[str, str]] = mapped_column(JSONB())
    session: Mapped[str | None]
    mac: Mapped[bytes]
