"""What belongs to a form before it is sent: its photos and, until then, what was typed so far."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base

UNFILED = "appeal_id IS NULL"


class Attachment(Base):
    """One photo, made anew by us; `image` and `thumbnail` are the SHA-256 names of its files.

    It belongs to the form that it was chosen in, and with the sending to the move that it came
    with. `source_hash` is the SHA-256 of the file as it was sent: the same file is kept once.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        sa.UniqueConstraint("form_key_hash", "source_hash", name="one_photo_per_form_and_source"),
        sa.ForeignKeyConstraint(["appeal_id", "move_seq"], ["move.appeal_id", "move.seq"]),
        sa.CheckConstraint(
            "(appeal_id IS NULL) = (move_seq IS NULL)", name="filed_with_a_move_or_not_at_all"
        ),
        sa.Index("ix_attachment_appeal_id", "appeal_id", "move_seq"),
        sa.Index("ix_attachment_unfiled", "kept_at", postgresql_where=sa.text(UNFILED)),
        sa.Index("ix_attachment_kept_at", "kept_at"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    form_key_hash: Mapped[bytes]
    source_hash: Mapped[bytes]
    image: Mapped[str]
    thumbnail: Mapped[str]
    kept_at: Mapped[datetime]
    appeal_id: Mapped[int | None]
    move_seq: Mapped[int | None]


class Draft(Base):
    """What was typed into a form that is not sent yet, by field name; gone with the sending."""

    __tablename__ = "draft"
    __table_args__ = (sa.Index("ix_draft_saved_at", "saved_at"),)

    form_key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, str]] = mapped_column(JSONB())
    saved_at: Mapped[datetime]
