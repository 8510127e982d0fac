"""What staff prepare for an answer: drafts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


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
