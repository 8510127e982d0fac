"""The appeal: narrow measured rows, the words apart, and the history that proves the state.

`Appeal`, `Round` and `Dispatch` are what reports count (Rules 4); their stamps are written once.
The columns bear the names of `appeals.domain.case`, whose values they project.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Channel, ContactReason, Kind


class Appeal(Base):
    """One appeal. Its state is its last recorded move's: a deferred key holds the two together.

    `head_hmac` is written with each move over the number of moves and the last link; it is empty
    for an appeal that has not moved since that began.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["id", "moves_made", "state"],
            ["move.appeal_id", "move.seq", "move.to_state"],
            name="state_is_the_last_move",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        sa.UniqueConstraint("source", "source_ref", name="one_appeal_per_source_reference"),
        sa.Index("ix_appeal_holder_filed", "holder", "filed_at"),
        sa.Index("ix_appeal_filed_at_id", "filed_at", "id"),
        sa.Index("ix_appeal_accepted_at", "accepted_at"),
        sa.Index(
            "ix_appeal_waiting",
            "state",
            "id",
            postgresql_where=sa.text("state IN ('filed', 'accepted', 'return_asked')"),
        ),
        sa.Index(
            "ix_appeal_imported_open",
            "state",
            "holder",
            "filed_at",
            postgresql_where=sa.text(
                "source IS NOT NULL AND state IN ('filed', 'accepted', 'dispatched', 'signed', "
                "'return_asked', 'in_hand', 'answered')"
            ),
        ),
        sa.Index("ix_appeal_restricted", "id", postgresql_where=sa.text("restricted")),
    )

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[State] = mapped_column(enum_type(State))
    moves_made: Mapped[int]
    kind: Mapped[Kind] = mapped_column(enum_type(Kind))
    category: Mapped[str] = mapped_column(sa.ForeignKey("category.code"))
    district: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    street: Mapped[str | None] = mapped_column(sa.ForeignKey("area.code"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    urgent: Mapped[bool]
    investigation: Mapped[bool] = mapped_column(default=False)
    restricted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    complained_department: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))
    confidential: Mapped[bool]
    publish: Mapped[bool]
    holder: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))
    assignee: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    question_open: Mapped[bool] = mapped_column(default=False)
    filed_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    not_accepted_at: Mapped[datetime | None]
    answered_on_spot_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    form_key_hash: Mapped[bytes | None] = mapped_column(unique=True)
    form_digest: Mapped[bytes | None]
    code_hash: Mapped[bytes | None]
    code_generation: Mapped[int] = mapped_column(default=0)
    head_hmac: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(default="zh")
    source: Mapped[str | None]
    source_ref: Mapped[str | None]


class ImportRun(Base):
    """One run of an import: the source, the file and when it began."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    source: Mapped[str]
    file_name: Mapped[str]
    begun_at: Mapped[datetime]


IMPORTED_ROWS = sa.func.hashtextextended("imported rows", 0)
"""The advisory lock of a batch from its time to its commit; a count of figures shares it."""


class ImportedAppeal(Base):
    """By which run an appeal came, and when: the database's time at the end of its batch.

    `row_digest` is an HMAC of what the file's row said, so that a second run can tell whether it
    says something else now; an erasure empties it.
    """

    __tablename__ = "imported_appeal"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_run.id"), index=True)
    imported_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    row_digest: Mapped[bytes | None]


class RestrictedByCategory(Base):
    """An appeal that became restricted without a move; rows are only ever added.

    Its category became a restricted one, or a process of the release before filed it, whose moves
    do not say it.
    """

    __tablename__ = "restricted_by_category"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    at: Mapped[datetime]


def caller_key(
    number: sa.SQLColumnExpression[str | None], typed: sa.SQLColumnExpression[str]
) -> sa.ColumnElement[str]:
    """Return as which caller a contact counts: by its number in E.164, else as it was typed."""
    nothing: sa.ColumnElement[str] = sa.literal_column(
        "''"
    )  # as the index says it, and so no parameter
    return sa.func.coalesce(sa.func.nullif(number, nothing), typed)


class Statement(Base):
    """The citizen's words, and the contact that she filed with (`ContactVersion` has later ones).

    The telephone stands as it was typed, and beside it what it says: the number in E.164 and the
    extension, both empty where it is no number. A release that does not know them leaves NULL,
    which `casework/handling/telephone_columns.py` fills in. Masking and erasure concern these
    tables and the words of moves.
    """

    __tablename__ = "statement"
    __table_args__ = (
        sa.Index(
            "ix_statement_contact_phone",
            "contact_phone",
            postgresql_where=sa.text("contact_phone <> ''"),
        ),
        sa.Index(
            "ix_statement_caller",
            sa.text("coalesce(nullif(phone_number, ''), contact_phone)"),
            postgresql_where=sa.text("coalesce(nullif(phone_number, ''), contact_phone) <> ''"),
        ),
        sa.Index(
            "ix_statement_unread_phone",
            "appeal_id",
            postgresql_where=sa.text("phone_number IS NULL AND contact_phone <> ''"),
        ),
        sa.Index(
            "ix_statement_lower_contact_email",
            sa.text("lower(contact_email)"),
            postgresql_where=sa.text("lower(contact_email) <> ''"),
        ),
    )

    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), primary_key=True)
    subject: Mapped[str]
    detail: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    phone_number: Mapped[str | None]
    phone_extension: Mapped[str | None]


class ContactVersion(Base):
    """The citizen's contact as a move changed it: the newest holds; rows are only ever added.

    The contact that was filed stays in the statement. Masking and erasure concern both.
    """

    __tablename__ = "contact_version"
    __table_args__ = (
        sa.ForeignKeyConstraint(["appeal_id", "move_seq"], ["move.appeal_id", "move.seq"]),
        sa.Index("ix_contact_version_phone", "phone", postgresql_where=sa.text("phone <> ''")),
        sa.Index(
            "ix_contact_version_caller",
            sa.text("coalesce(nullif(phone_number, ''), phone)"),
            postgresql_where=sa.text("coalesce(nullif(phone_number, ''), phone) <> ''"),
        ),
        sa.Index(
            "ix_contact_version_unread_phone",
            "appeal_id",
            postgresql_where=sa.text("phone_number IS NULL AND phone <> ''"),
        ),
        sa.Index(
            "ix_contact_version_lower_email",
            sa.text("lower(email)"),
            postgresql_where=sa.text("lower(email) <> ''"),
        ),
    )

    appeal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    move_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    phone_number: Mapped[str | None]
    phone_extension: Mapped[str | None]


class ContactView(Base):
    """One look at a contact, as releases before the access log recorded it; read only.

    Today's code writes `AccessLogRow`. These rows stay where they are, without an HMAC, and are
    listed with the others.
    """

    __tablename__ = "contact_view"
    __table_args__ = (sa.Index("ix_contact_view_staff_id_at", "staff_id", "at"),)

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), index=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_member.id"))
    at: Mapped[datetime]
    reason: Mapped[ContactReason] = mapped_column(enum_type(ContactReason))
    words: Mapped[str | None]


class Move(Base):
    """One recorded step; rows are only ever added.

    `facts` holds codes and dates; `words`, the one free text, may hold personal data and enters
    the hash only as `committed`, its salted SHA-256 in hex (empty without words). An erasure takes
    `words` and `salt` and breaks no chain. `link_version` says how `row_hash` was made; a release
    that does not name it made a plain one (`cases/hash_chain.py: LinkVersion`).
    """

    __tablename__ = "move"
    __table_args__ = (
        sa.UniqueConstraint("appeal_id", "seq", "to_state", name="a_move_leads_to_one_state"),
        sa.Index("ix_move_at", "at", postgresql_using="brin"),
    )

    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[Action] = mapped_column(enum_type(Action))
    to_state: Mapped[State] = mapped_column(enum_type(State, "to_state"))
    at: Mapped[datetime]
    actor_role: Mapped[Role] = mapped_column(enum_type(Role, "actor_role"))
    staff_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    department: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))
    facts: Mapped[dict[str, str]] = mapped_column(JSONB())
    words: Mapped[str | None]
    salt: Mapped[bytes]
    committed: Mapped[str]
    row_hash: Mapped[bytes]
    link_version: Mapped[int] = mapped_column(sa.SmallInteger(), server_default="1")


class RoutingReason(Base):
    """Why a department was suggested, in the words of the day it was suggested."""

    __tablename__ = "routing_reason"

    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), primary_key=True)
    department: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))
    rule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("routing_rule.id"))
    zh: Mapped[str]
    en: Mapped[str]
    alternatives: Mapped[str] = mapped_column(default="")
