"""Photos and drafts of forms."""

from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base
from appeals.domain.vocabulary import PhotoChange

ORIGINALS = "originals"
"""The folder that holds the originals by day.

It lies beside the folders of days, from which workers of the previous release delete everything
that is neither a preview nor a thumbnail.
"""
UNFILED_SQL = "appeal_id IS NULL"


class Attachment(Base):
    """One photo, encoded again by us; its files are named by their SHA-256.

    `image` is the preview. `original` is the full picture, NULL where the preview is no smaller and
    for photos of earlier releases. `changes` lists what was changed in the picture (`PhotoChange`).

    A photo belongs to the form it was chosen in and, once that is sent, to its move. `source_hash`
    is the SHA-256 of the file as uploaded: the same file is stored once per form.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        sa.UniqueConstraint("form_key_hash", "source_hash", name="one_photo_per_form_and_source"),
        sa.ForeignKeyConstraint(["appeal_id", "move_seq"], ["move.appeal_id", "move.seq"]),
        sa.CheckConstraint(
            "(appeal_id IS NULL) = (move_seq IS NULL)", name="filed_with_a_move_or_not_at_all"
        ),
        sa.Index("ix_attachment_appeal_id", "appeal_id", "move_seq"),
        sa.Index("ix_attachment_unfiled", "kept_at", postgresql_where=sa.text(UNFILED_SQL)),
        sa.Index("ix_attachment_kept_at", "kept_at"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    form_key_hash: Mapped[bytes]
    source_hash: Mapped[bytes]
    image: Mapped[str]
    thumbnail: Mapped[str]
    original: Mapped[str | None]
    changes: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))
    kept_at: Mapped[datetime]
    appeal_id: Mapped[int | None]
    move_seq: Mapped[int | None]

    @property
    def listed_changes(self) -> list[PhotoChange]:
        """What was changed in the picture; empty for photos of earlier releases."""
        return [PhotoChange(each) for each in self.changes or ()]


class Draft(Base):
    """What was typed into a form that is not sent yet, by field name; deleted when it is sent."""

    __tablename__ = "draft"
    __table_args__ = (sa.Index("ix_draft_saved_at", "saved_at"),)

    form_key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, str]] = mapped_column(JSONB())
    saved_at: Mapped[datetime]


def folders_of_day(files: Path, day: date) -> tuple[Path, Path]:
    """Return a day's two folders: that of previews and thumbnails, and that of originals."""
    return files / day.isoformat(), files / ORIGINALS / day.isoformat()
