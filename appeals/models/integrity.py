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


class Seal(Base):
    """One seal of the records; its file lies in `DATA_DIR/seals`. Rows are only ever added.

    `previous_digest` is that of the seal before, so that none can be left out.
    """

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    digest: Mapped[str]
    previous_digest: Mapped[str | None]


class NightlyVerification(Base):
    """How far the nightly verification is: one row, locked by whoever works on it.

    `part` is the thirtieth of all appeals whose turn it is, from 0. `position` is the last appeal
    verified in this run. `changed_since` and `known_up_to` say what the last finished run cannot
    have seen: moves since that moment, and appeals with a higher id.
    """

    __tablename__ = "nightly_verification"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[int]
    began_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    position: Mapped[int]
    verified: Mapped[int]
    changed_since: Mapped[datetime]
    known_up_to: Mapped[int]


class UnverifiedAppeal(Base):
    """An appeal that the nightly verification found wrong; the row goes when it verifies again."""

    __tablename__ = "unverified_appeal"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id"), primary_key=True, autoincrement=False
    )
    found_at: Mapped[datetime]
    problem: Mapped[str]
