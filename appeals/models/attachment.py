"""What belongs to a form before it is sent: its photos and, until then, what was typed so far."""

from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base
from appeals.domain.vocabulary import PhotoChange

ORIGINALS = "originals"
"""The folder, beside those of the days, that holds the originals by day: workers of the release
before delete from the folders of days what is neither preview nor thumbnail."""
UNFILED_SQL = "appeal_id IS NULL"


class Attachment(Base):
    """One photo, made anew by us; its files are named by their SHA-256.

    `image` is the preview, `original` the whole picture, NULL where the preview is no smaller, and
    for photos of releases before it. `changes` says what happened to the picture, as `PhotoChange`.

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
        """What happened to the picture; nothing is known of photos of earlier releases."""
        return [PhotoChange(each) for each in self.changes or ()]


class Draft(Base):
    """What was typed into a form that is not sent yet, by field name; gone with the sending."""

    __tablename__ = "draft"
    __table_args__ = (sa.Index("ix_draft_saved_at", "saved_at"),)

    form_key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    answers: Mapped[dict[str, str]] = mapped_column(JSONB())
    saved_at: Mapped[datetime]


def folders_of_day(files: Path, day: date) -> tuple[Path, Path]:
    """Return the folders of previews with thumbnails, and of originals, that were kept on a day."""
    return files / day.isoformat(), files / ORIGINALS / day.isoformat()
