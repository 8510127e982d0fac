"""The access log: what members of staff opened, looked up, exported or printed."""

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
    """One access by a member of staff; append-only.

    `month` is the first day of the UTC month of `at` and leads the primary key, so that monthly
    range partitions can be added. `id` is a UUID of version 7 made by the writing process, because
    the HMAC covers it and no writer should wait for a sequence of others. There are no foreign
    keys: they would make an access wait for a transaction that is changing the appeal.

    `detail` holds codes and counts by name and, for a contact, the reason with its text. `subject`
    is a keyed hash of what was looked up, never a telephone number. `session` is the beginning of
    the hash that identifies the browser session. `mac` is written by
    `casework/records/access_log.py`.
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
