"""What staff prepare for an answer or put with it: drafts, photos and documents."""

from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.vocabulary import FileShows

STAFF_FILES = "staff"
"""The folder of staff files within that of all files."""


class AnswerDraft(Base):
    """An answer that an officer has begun: the fields of its form by name, without empty ones.

    `revision` counts its saves. A save overwrites the draft only at the revision that the form was
    shown with; otherwise somebody saved it meanwhile on another machine, and the text becomes a
    draft of its own.
    """

    __tablename__ = "answer_draft"
    __table_args__ = (sa.Index("ix_answer_draft_appeal_id", "appeal_id", "staff_id"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"))
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    fields: Mapped[dict[str, str]] = mapped_column(JSONB())
    revision: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]

    @property
    def stamp(self) -> str:
        """What a form carries to save over this draft: the id and the revision."""
        return f"{self.id}.{self.revision}"


class StaffFile(Base):
    """A photo or document that staff put with an answer or a note.

    It belongs to its member of staff, case and action until the move is made (`move_seq`). A photo
    was encoded again like a citizen's (`models/attachment.py`); a `document` is the file as it
    came, checked by its content. All files are named by their SHA-256. `name` is the name that the
    browser sent, with its true end.
    """

    __tablename__ = "staff_file"
    __table_args__ = (
        sa.ForeignKeyConstraint(["appeal_id", "move_seq"], ["move.appeal_id", "move.seq"]),
        sa.CheckConstraint(
            "(document IS NULL) = (image IS NOT NULL AND thumbnail IS NOT NULL)",
            name="a_photo_or_a_document",
        ),
        sa.CheckConstraint("action IN ('answer', 'note')", name="with_an_answer_or_a_note"),
        sa.Index("ix_staff_file_appeal_id", "appeal_id", "move_seq"),
        sa.Index(
            "one_unfiled_file_per_source",
            "appeal_id",
            "staff_id",
            "action",
            "source_hash",
            unique=True,
            postgresql_where=sa.text("move_seq IS NULL"),
        ),
        sa.Index("ix_staff_file_stored_at", "stored_at"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"))
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    action: Mapped[str]
    move_seq: Mapped[int | None]
    shows: Mapped[FileShows] = mapped_column(enum_type(FileShows, "shows"))
    name: Mapped[str]
    octets: Mapped[int]
    source_hash: Mapped[bytes]
    document: Mapped[str | None]
    image: Mapped[str | None]
    thumbnail: Mapped[str | None]
    original: Mapped[str | None]
    stored_at: Mapped[datetime]


def staff_folder_of_day(files: Path, day: date) -> Path:
    """Return the folder of a day's staff files.

    It lies beside the folders of citizens' photos, from which a clean-up deletes every file that no
    photo names.
    """
    return files / STAFF_FILES / day.isoformat()
