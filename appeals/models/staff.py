"""Staff, their sessions, and the counted attempts that sign-ins and codes are throttled by."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, term
from appeals.domain.people import Role


class StaffMember(Base):
    """A person who works appeals. An officer or leader belongs to a department, nobody else.

    The second factor is on since `factor_since`; its secret is derived from `factor_salt`, and
    `factor_step` is the half minute whose code was accepted last.
    """

    __tablename__ = "staff_member"
    __table_args__ = (
        sa.CheckConstraint(
            "(role IN ('officer', 'leader')) = (department_code IS NOT NULL)",
            name="officers_have_a_department",
        ),
        sa.CheckConstraint("role NOT IN ('citizen', 'system')", name="staff_have_a_staff_role"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(term(Role))
    department_code: Mapped[str | None] = mapped_column(
        sa.ForeignKey("department.code"), index=True
    )
    email: Mapped[str | None]
    password_hash: Mapped[str]
    one_time_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    factor_salt: Mapped[bytes | None]
    factor_since: Mapped[datetime | None]
    factor_step: Mapped[int | None]


class RestrictedPermission(Base):
    """The permission to see restricted appeals: granted, confirmed by another person, ended.

    It holds from `confirmed_at` to `ended_at`; a row that is ended before it was confirmed was
    refused or taken back. Rows are never deleted.
    """

    __tablename__ = "restricted_permission"
    __table_args__ = (
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by NOT IN (granted_by, staff_id)",
            name="another_person_confirms",
        ),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_somebody"
        ),
        sa.CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name="ended_by_somebody"),
        sa.Index(
            "one_permission_at_a_time",
            "staff_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    why: Mapped[str]
    granted_by: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    granted_at: Mapped[datetime]
    confirmed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    confirmed_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    ended_at: Mapped[datetime | None]
    why_ended: Mapped[str | None]


class RecoveryCode(Base):
    """One of the codes that stand in for a second factor, once; only its hash is kept."""

    __tablename__ = "recovery_code"

    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser; only the hash of its random id is kept.

    One that `awaits_factor` opens nothing but the page that asks for the code.
    """

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    awaits_factor: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    browser: Mapped[str | None]


class Attempt(Base):
    """One try at a password or a query code, counted by `scope` (what) and `who` (for whom)."""

    __tablename__ = "attempt"
    __table_args__ = (sa.Index("ix_attempt_scope_who_at", "scope", "who", "at"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    scope: Mapped[str]
    who: Mapped[str]
    at: Mapped[datetime]
