"""Records of verification and repair: repairs, seals, progress and findings."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base


class Repair(Base):
    """One value that `appeals repair` changed; append-only.

    `n` is the number of the row within the appeal, NULL for the appeal itself. Without a
    `column_name` the whole row was added or removed, and the values hold it as JSON.
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
    """One seal of the records; its file is in `DATA_DIR/seals`. Append-only.

    `previous_digest` is the digest of the preceding seal, so that none can be left out.
    """

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    digest: Mapped[str]
    previous_digest: Mapped[str | None]


class NightlyVerification(Base):
    """Progress of the nightly verification: a single row, locked by the process that works on it.

    `part` says which thirtieth of all appeals is verified, from 0. `position` is the id of the last
    appeal verified in this run. What the last finished run cannot have seen are moves after
    `changed_since` and appeals with an id above `known_up_to`.
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
    """An appeal that failed the nightly verification; deleted when it verifies again."""

    __tablename__ = "unverified_appeal"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id"), primary_key=True, autoincrement=False
    )
    found_at: Mapped[datetime]
    problem: Mapped[str]


class AccessLogVerification(Base):
    """Progress of verifying the access log: a single row, locked by the process that works on it.

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
    """A row of the access log whose HMAC is wrong, by its key, and when that was found.

    No foreign key: the row itself may have been moved to another month or deleted.
    """

    __tablename__ = "unverified_access"

    month: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    found_at: Mapped[datetime]


class UnusualAccess(Base):
    """A member of staff who exceeded a limit of accesses on a day (Asia/Shanghai).

    Supervisors are notified once. The counts are those of the hour in which it was noticed.
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
