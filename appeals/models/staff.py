"""Staff accounts and sessions, two-person requests, display passes, tries for rate limits."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.people import Role
from appeals.domain.staff_requests import RequestKind, RequestOutcome
from appeals.domain.vocabulary import MailLinkPurpose, RegularMail


class StaffMember(Base):
    """A member of staff. Officers and leaders belong to a department, nobody else does.

    `language` is that of her mails, the first offered one if it is None.

    The second factor is active since `factor_since`; its secret is derived from `factor_salt`, and
    `factor_step` is the 30-second step whose code was accepted last, so no code works twice. The
    password can be reset by mail only once the owner has confirmed the address.
    """

    __tablename__ = "staff_member"
    __table_args__ = (
        sa.CheckConstraint(
            "(role IN ('officer', 'leader')) = (department_code IS NOT NULL)",
            name="officers_have_a_department",
        ),
        sa.CheckConstraint(
            "role NOT IN ('citizen', 'helper', 'system')", name="staff_have_a_staff_role"
        ),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(enum_type(Role))
    department_code: Mapped[str | None] = mapped_column(
        sa.ForeignKey("department.code"), index=True
    )
    email: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    password_hash: Mapped[str]
    one_time_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    factor_salt: Mapped[bytes | None]
    factor_since: Mapped[datetime | None]
    factor_step: Mapped[int | None]
    language: Mapped[str | None]


class StaffMailing(Base):
    """One regular mail of a member of staff: whether she wants it, and when it was last written.

    `is_wanted` is None while the default of her role holds. `written_for` is the day of the last
    mail, the week's Monday for a weekly one; it is set in the transaction that writes the mail, so
    that none is written twice.
    """

    __tablename__ = "staff_mailing"

    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), primary_key=True)
    mail: Mapped[RegularMail] = mapped_column(enum_type(RegularMail), primary_key=True)
    is_wanted: Mapped[bool | None]
    written_for: Mapped[date | None]


class RecoveryCode(Base):
    """A recovery code, usable once in place of the second factor; only its hash is stored."""

    __tablename__ = "recovery_code"

    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class FactorDemand(Base):
    """Whether a role must have a second factor, from a day (Asia/Shanghai) on."""

    __tablename__ = "factor_demand"

    role: Mapped[Role] = mapped_column(enum_type(Role), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    demanded: Mapped[bool]


class StaffSession(Base):
    """A signed-in browser; only the hash of its random id is stored.

    While it `awaits_factor` it opens only the page that asks for the code.
    """

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    awaits_factor: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    browser: Mapped[str | None]


class HeldForm(Base):
    """A form sent after the session had ended, stored for the account that filled it in.

    `fields` are pairs of name and text, in the form's order. The row is deleted when the form is
    sent, or after a day.
    """

    __tablename__ = "held_form"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    path: Mapped[str]
    fields: Mapped[list[list[str]]] = mapped_column(JSONB())
    held_at: Mapped[datetime] = mapped_column(index=True)


class StaffRequest(Base):
    """A request by one member of staff that another decides; open while it has no outcome.

    `subject` names what it is about (the username of an account, say), `staff_id` the person
    concerned, if there is an account already, `wanted` the values to be set. A trigger permits one
    change, of the outcome, and no deletion.
    """

    __tablename__ = "staff_request"
    __table_args__ = (
        sa.CheckConstraint(
            "decided_by IS NULL"
            " OR (decided_by <> asked_by AND decided_by IS DISTINCT FROM staff_id)",
            name="another_person_decides",
        ),
        sa.CheckConstraint(
            "asked_by IS DISTINCT FROM staff_id OR kind = 'restricted'",
            name="nobody_asks_for_oneself",
        ),
        sa.CheckConstraint(
            "(coalesce(outcome, '') IN ('granted', 'refused')) = (decided_by IS NOT NULL)",
            name="somebody_decided",
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name="an_outcome_has_its_time"
        ),
        sa.CheckConstraint(
            "outcome IS DISTINCT FROM 'granted' OR decided_at < expires_at",
            name="granted_before_it_expired",
        ),
        sa.Index(
            "ix_staff_request_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=sa.text("outcome IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    kind: Mapped[RequestKind] = mapped_column(enum_type(RequestKind))
    subject: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    wanted: Mapped[dict[str, str]] = mapped_column(JSONB)
    reason: Mapped[str]
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    outcome: Mapped[RequestOutcome | None] = mapped_column(enum_type(RequestOutcome))
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class RestrictedPermission(Base):
    """The permission to see restricted appeals (Rules 3), given by a granted request.

    It holds until it is ended; rows are never deleted.
    """

    __tablename__ = "restricted_permission"
    __table_args__ = (
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
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_request.id"), unique=True)
    since: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    ended_at: Mapped[datetime | None]
    why_ended: Mapped[str | None]


class MailLink(Base):
    """A link sent to a person's mail address; only the hash of its token is stored."""

    __tablename__ = "mail_link"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"), index=True)
    purpose: Mapped[MailLinkPurpose] = mapped_column(enum_type(MailLinkPurpose))
    address: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DisplayPass(Base):
    """A pass by which a screen shows the wall, until it expires or is ended.

    Only keyed hashes are stored: of the code that opens it once, and of the token in the screen's
    cookie. `seen_at` is its last use, recorded every few minutes.
    """

    __tablename__ = "display_pass"
    __table_args__ = (
        sa.CheckConstraint("expires_at > made_at", name="a_pass_lasts"),
        sa.CheckConstraint(
            "(token_hash IS NULL) = (opened_at IS NULL)", name="an_open_pass_has_a_token"
        ),
        sa.CheckConstraint("(ended_by IS NULL) = (ended_at IS NULL)", name="ended_by_somebody"),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str]
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    browser: Mapped[str | None]
    ended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    ended_at: Mapped[datetime | None]

    def is_in_force(self, now: datetime) -> bool:
        """Return whether the pass has neither expired nor been ended."""
        return self.ended_at is None and now < self.expires_at


class Attempt(Base):
    """One attempt at a password or query code, counted by `scope` (what) and `who` (for whom)."""

    __tablename__ = "attempt"
    __table_args__ = (sa.Index("ix_attempt_scope_who_at", "scope", "who", "at"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    scope: Mapped[str]
    who: Mapped[str]
    at: Mapped[datetime]
