"""The record of every configuration change, the campaign's name, and the planned downtime."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class RecordedChange(Base):
    """One change by an administrator; append-only, enforced by a trigger.

    `of` and `key` name the row; `before` and `after` are its values before and from the day `since`
    (Asia/Shanghai). `request_id` is the two-person request by which a second person agreed.
    """

    __tablename__ = "change"
    __table_args__ = (sa.Index("ix_change_of_key", "of", "key", "id"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    of: Mapped[str]
    key: Mapped[str]
    step: Mapped[str]
    since: Mapped[date]
    before: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    why: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_request.id"))


class Campaign(Base):
    """The campaign's name and message, in one row; without a name that of the settings is used."""

    __tablename__ = "campaign"
    __table_args__ = (sa.CheckConstraint("id = 1", name="there_is_one_campaign"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    message_zh: Mapped[str]
    message_en: Mapped[str]


class Downtime(Base):
    """The planned downtime, in one row; without a beginning and an end none is planned.

    While a `read_only` one lasts, forms are refused.
    """

    __tablename__ = "downtime"
    __table_args__ = (
        sa.CheckConstraint("id = 1", name="there_is_one_downtime"),
        sa.CheckConstraint(
            "(starts_at IS NULL) = (ends_at IS NULL) AND (ends_at IS NULL OR ends_at > starts_at)",
            name="a_downtime_ends_after_it_begins",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    read_only: Mapped[bool]
    note_zh: Mapped[str]
    note_en: Mapped[str]
