"""The outbox: notices in their final wording and the state of their delivery."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.vocabulary import MessageRule, NoticeChannel, NoticeKind

SUBJECT_SEPARATOR, BODY_SEPARATOR = " · ", "\n\n"
"""The separators between the languages (`offered_languages`) in notices to staff about accounts."""
ERASED_RECIPIENT = "erased:"
"""Prefix of the recipient in notices of an erased appeal; the notice's id follows."""


class Notice(Base):
    """One message in its final wording, written in the transaction of its cause.

    `cause` names the move ("17.4": appeal 17, move 4) or the deadline ("17.d2") that it is about; a
    cause produces one notice of a kind for a recipient. `sent_at` ends it. `parked_at` leaves it to
    an administrator: it was refused permanently, or could not be sent for a day.

    One that `can_wait` is for a citizen: it is sent in the hours for messages, together with those
    that wait for the same recipient about the same appeal. `joined_to` is the notice in whose
    message it is sent; it has no try of its own.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.UniqueConstraint("cause", "kind", "recipient", name="one_notice_per_cause"),
        sa.CheckConstraint(
            "(appeal_id IS NULL) <> (staff_id IS NULL)", name="about_an_appeal_or_an_account"
        ),
        sa.Index(
            "ix_notice_staff",
            "staff_id",
            "id",
            postgresql_where=sa.text("staff_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_notice_desk",
            "recipient",
            "created_at",
            postgresql_where=sa.text("channel = 'desk'"),
        ),
        sa.Index(
            "ix_notice_regular_mail",
            "created_at",
            postgresql_where=sa.text("kind IN ('work_waits', 'daily_brief', 'weekly_brief')"),
        ),
        sa.Index(
            "ix_notice_due",
            "next_try_at",
            postgresql_where=sa.text("sent_at IS NULL AND parked_at IS NULL"),
        ),
        sa.Index(
            "ix_notice_parked",
            "parked_at",
            "id",
            postgresql_where=sa.text("parked_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_notice_joined_to",
            "joined_to",
            postgresql_where=sa.text("joined_to IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    appeal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("appeal.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    cause: Mapped[str]
    kind: Mapped[NoticeKind] = mapped_column(enum_type(NoticeKind))
    recipient: Mapped[str]
    channel: Mapped[NoticeChannel] = mapped_column(enum_type(NoticeChannel))
    language: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    first_tried_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    can_wait: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    joined_to: Mapped[int | None] = mapped_column(sa.ForeignKey("notice.id"))


class RatingReminder(Base):
    """That a round was seen by the task that reminds citizens to rate: it reminds once a round."""

    __tablename__ = "rating_reminder"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id"), primary_key=True, autoincrement=False
    )
    round_n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    written_at: Mapped[datetime]


class DatedMessageRule(Base):
    """A figure by which citizens are written to, in force from a day (Asia/Shanghai) on."""

    __tablename__ = "message_rule"
    __table_args__ = (sa.CheckConstraint("amount >= 0", name="a_figure_is_a_count"),)

    rule: Mapped[MessageRule] = mapped_column(enum_type(MessageRule), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    amount: Mapped[int]


class NoticeRead(Base):
    """A desk notice that a member of staff has read; a department's is read by each for herself."""

    __tablename__ = "notice_read"

    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True, index=True)
    read_at: Mapped[datetime]
