"""What verification and repair write down."""

from datetime import date, datetime
from uuid import UUID

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


class AccessLogVerification(Base):
    """How far the verification of the access log is: one row, locked by whoever works on it.

    `month` and `row_id` are the key of the last row verified in this run.
    """

    __tablename__ = "access_log_verification"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    began_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    month: Mapped[date | None]
    row_id: Mapped[UUID | None]
    verified: Mapped[int]


class UnverifiedAccess(Base):
    """A row of the access log whose HMAC does not hold, by its key, and since when that is known.

    The row itself may name another month or be gone meanwhile, so there is no foreign key.
    """

    __tablename__ = "unverified_access"

    month: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    found_at: Mapped[datetime]


class UnusualAccess(Base):
    """That a person went over a limit of accesses on a Shanghai day: told to supervisors once.

    The counts are those of the hour in which it was noticed.
    """

    __tablename__ = "unusual_access"

    staff_id: Mapped[int] = mapped_column(
        sa.ForeignKey("staff_member.id"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    found_at: Mapped[datetime]
    cases: Mapped[int]
    contacts: Mapped[int]
    lookups: Mapped[int]
