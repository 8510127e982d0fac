"""Which appeals a citizen's browser session may open."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class OpenedAppeal(Base):
    """An appeal that a citizen's browser session opened, by its query code or by filing it.

    Only the hash of the session's random id is stored. The row is deleted when the citizen has this
    computer forget the session, and after two days at most; without it, no cookie opens the appeal.
    It opens nothing once the query code was replaced (`code_generation`). Until `receipt_until` the
    session that filed the appeal may see the receipt again. A row with `code_generation` -1 opens
    nothing: with it, a session that was replaced on filing requests the receipt once more.

    There is no foreign key to the appeal: checking it would wait for whoever is changing the
    appeal.
    """

    __tablename__ = "opened_appeal"
    __table_args__ = (sa.Index("ix_opened_appeal_opened_at", "opened_at"),)

    session_hash: Mapped[bytes] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_generation: Mapped[int]
    opened_at: Mapped[datetime]
    receipt_until: Mapped[datetime | None]
