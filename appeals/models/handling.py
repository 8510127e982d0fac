"""Rows of an appeal's handling: rounds, dispatches, deadlines, ratings, amendments, reversals.

Each table mirrors the class of the same name in `appeals.domain.case`; `n` counts over the appeal.
`until_at` is the moment a successor replaced the row, so that "as of T" is a plain comparison.
"""

from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain import case as value
from appeals.domain.case import Case
from appeals.domain.clocks import whole_second
from appeals.domain.states import State
from appeals.domain.vocabulary import DispatchEnd, Duty, Kind, Satisfaction, Solved


def round_foreign_key() -> sa.ForeignKeyConstraint:
    """Return the foreign key to the round; deferred, because a move writes rows in any order."""
    return sa.ForeignKeyConstraint(
        ["appeal_id", "round_n"],
        ["round.appeal_id", "round.n"],
        deferrable=True,
        initially="DEFERRED",
    )


class CaseRow(Base):
    """Base of the tables whose rows are numbered within an appeal, from 1."""

    __abstract__ = True

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id"), primary_key=True, sort_order=-2
    )
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, sort_order=-1)


class Round(CaseRow):
    """One handling, from opening to closing; completion, days and ratings are counted by it."""

    __tablename__ = "round"
    __table_args__ = (
        sa.Index("ix_round_first_dispatched_at", "first_dispatched_at"),
        sa.Index("ix_round_closed_at_first_dispatched_at", "closed_at", "first_dispatched_at"),
        sa.Index("ix_round_original_due_at", "original_due_at"),
        sa.Index(
            "ix_round_extended_due_at",
            "extended_due_at",
            postgresql_where=sa.text("extended_due_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_round_extension_pending",
            "extension_asked_at",
            postgresql_where=sa.text(
                "extension_asked_at IS NOT NULL AND extension_granted_at IS NULL "
                "AND extension_refused_at IS NULL AND closed_at IS NULL"
            ),
        ),
        sa.Index(
            "ix_round_rehandling_pending",
            "rehandling_asked_at",
            postgresql_where=sa.text(
                "rehandling_asked_at IS NOT NULL AND rehandling_refused_at IS NULL "
                "AND until_at IS NULL"
            ),
        ),
    )

    opened_at: Mapped[datetime]
    first_dispatched_at: Mapped[datetime | None]
    original_due_at: Mapped[datetime | None]
    extension_asked_at: Mapped[datetime | None]
    extension_days: Mapped[int | None]
    extension_refused_at: Mapped[datetime | None]
    extension_granted_at: Mapped[datetime | None]
    extended_due_at: Mapped[datetime | None]
    answer_given_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]
    tries: Mapped[int]
    rehandling_asked_at: Mapped[datetime | None]
    rehandling_refused_at: Mapped[datetime | None]
    rated_at: Mapped[datetime | None]
    solved: Mapped[Solved | None] = mapped_column(enum_type(Solved))
    satisfaction: Mapped[Satisfaction | None] = mapped_column(enum_type(Satisfaction))
    until_at: Mapped[datetime | None]


class Dispatch(CaseRow):
    """One dispatch to one department; signing, contact, return and feedback are counted by it."""

    __tablename__ = "dispatch"
    __table_args__ = (
        sa.Index("ix_dispatch_sent_at", "sent_at"),
        sa.Index("ix_dispatch_department", "department", "sent_at"),
        sa.Index(
            "ix_dispatch_return_asked_at",
            "return_asked_at",
            postgresql_where=sa.text("return_asked_at IS NOT NULL"),
        ),
        round_foreign_key(),
    )

    round_n: Mapped[int]
    department: Mapped[str] = mapped_column(sa.ForeignKey("department.code"))
    sent_at: Mapped[datetime]
    sign_due_at: Mapped[datetime | None]
    contact_due_at: Mapped[datetime | None]
    unreachable_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    return_asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    how_ended: Mapped[DispatchEnd | None] = mapped_column(enum_type(DispatchEnd))
    until_at: Mapped[datetime | None]
    since_at: Mapped[datetime | None]


RUNNING_SQL = "met_at IS NULL AND ended_at IS NULL"
"""`Deadline.is_running` as the partial indexes have it."""


class Deadline(CaseRow):
    """The deadline of a duty.

    `warned_at`, `breached_at` and `escalated_at` are stamped by the sweep.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        sa.Index(
            "ix_deadline_queue",
            "duty",
            "due_at",
            "appeal_id",
            postgresql_where=sa.text(RUNNING_SQL),
        ),
        sa.Index(
            "ix_deadline_work",
            "department",
            "due_at",
            "appeal_id",
            postgresql_include=["warn_at"],
            postgresql_where=sa.text(f"duty = 'finish' AND {RUNNING_SQL}"),
        ),
        sa.Index(
            "ix_deadline_to_warn",
            "warn_at",
            postgresql_where=sa.text(f"warned_at IS NULL AND duty = 'finish' AND {RUNNING_SQL}"),
        ),
        sa.Index(
            "ix_deadline_to_breach",
            "due_at",
            postgresql_where=sa.text(f"breached_at IS NULL AND {RUNNING_SQL}"),
        ),
        sa.Index(
            "ix_deadline_to_escalate",
            "escalate_at",
            postgresql_where=sa.text(f"escalated_at IS NULL AND duty = 'finish' AND {RUNNING_SQL}"),
        ),
        round_foreign_key(),
    )

    duty: Mapped[Duty] = mapped_column(enum_type(Duty))
    round_n: Mapped[int]
    dispatch_n: Mapped[int]
    started_at: Mapped[datetime]
    amount: Mapped[int | None]
    unit: Mapped[str | None]
    original_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime]
    escalate_at: Mapped[datetime]
    department: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))
    met_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]

    @classmethod
    def is_running(cls) -> sa.ColumnElement[bool]:
        """Return the condition that the deadline runs: neither met nor ended unmet."""
        return sa.and_(cls.met_at.is_(None), cls.ended_at.is_(None))


def has_passed(due_at: sa.SQLColumnExpression[datetime], now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that the whole second of a due moment is over (Rules 1)."""
    return due_at < whole_second(now)


class ContactTry(CaseRow):
    """A department's failed try to reach the citizen."""

    __tablename__ = "contact_try"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["appeal_id", "dispatch_n"],
            ["dispatch.appeal_id", "dispatch.n"],
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    dispatch_n: Mapped[int]
    tried_at: Mapped[datetime]
    message_left: Mapped[bool]


class Rating(CaseRow):
    """One version of a round's rating; the current one has no `until_at`.

    `heard` marks an answer to a follow-up call; a database trigger sets it where a process of the
    previous release leaves it empty.
    """

    __tablename__ = "rating"
    __table_args__ = (
        sa.Index(
            "ix_rating_replaced", "until_at", postgresql_where=sa.text("until_at IS NOT NULL")
        ),
        round_foreign_key(),
    )

    round_n: Mapped[int]
    rated_at: Mapped[datetime]
    solved: Mapped[Solved | None] = mapped_column(enum_type(Solved))
    satisfaction: Mapped[Satisfaction | None] = mapped_column(enum_type(Satisfaction))
    until_at: Mapped[datetime | None]
    heard: Mapped[bool] = mapped_column(nullable=True)


class RatedFrom(Base):
    """The fingerprint of the device from which a citizen rated, an HMAC that changes each month.

    Ratings taken by telephone or imported have none.
    """

    __tablename__ = "rated_from"
    __table_args__ = (
        sa.ForeignKeyConstraint(["appeal_id", "n"], ["rating.appeal_id", "rating.n"]),
    )

    appeal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device: Mapped[str]


class Amendment(CaseRow):
    """The classification that was valid until `amended_at` (Rules 4: read as of the cut-off)."""

    __tablename__ = "amendment"

    amended_at: Mapped[datetime]
    kind: Mapped[Kind] = mapped_column(enum_type(Kind))
    category: Mapped[str] = mapped_column(sa.ForeignKey("category.code"))
    district: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    street: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    urgent: Mapped[bool]


class Reversal(CaseRow):
    """The stamps that were valid until the centre reversed its decision (Rules 3)."""

    __tablename__ = "reversal"
    __table_args__ = (sa.Index("ix_reversal_reversed_at", "reversed_at"), round_foreign_key())

    round_n: Mapped[int]
    reversed_at: Mapped[datetime]
    taken_back: Mapped[State] = mapped_column(enum_type(State, "taken_back"))
    not_accepted_at: Mapped[datetime | None]
    answered_on_spot_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]


CASE_LISTS: tuple[tuple[str, type[CaseRow], type[object]], ...] = (
    ("rounds", Round, value.RoundFacts),
    ("dispatches", Dispatch, value.DispatchFacts),
    ("deadlines", Deadline, value.DeadlineFacts),
    ("contact_tries", ContactTry, value.ContactTryFacts),
    ("ratings", Rating, value.RatingFacts),
    ("amendments", Amendment, value.AmendmentFacts),
    ("reversals", Reversal, value.ReversalFacts),
)
"""Each list of a `Case` with its table and the class of its items."""
CASE_COLUMNS: tuple[str, ...] = tuple(
    f.name for f in fields(Case) if f.name not in {name for name, _, _ in CASE_LISTS}
)
"""The columns that `Case` and `Appeal` share."""


def field_names(items: type[object]) -> tuple[str, ...]:
    """Return the field names of a dataclass, which are also the columns of its table."""
    return tuple(f.name for f in fields(items))  # type: ignore[arg-type]  # always a dataclass
