"""What verification and repair write down."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class Repair(Base):
    """One value that `appeals repair` changed; rows are only ever added.

    `n` numbers the row under the appeal, empty for the appeal itself. Without a `column_name` the
    whole row was added or removed, and a value holds all of it as JSON.
    """

    __tablename__ = "repair"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), index=True)
    repaired_at: Mapped[datetime]
    table_name: Mapped[str]
    n: Mapped[int | None]
    column_name: Mapped[str | None]
    old_value: Mapped[str | None]
    new_value: Mapped[str | None]
