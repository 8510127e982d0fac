"""The appeal: its measured row, its texts and contact in tables of their own, and its moves.

Reports count `Appeal`, `Round` and `Dispatch` (Rules 4), whose stamps are written once. Column
names are those of the fields in `appeals.domain.case`.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from appeals.database import Base, enum_type
from appeals.domain.messages import Text
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Channel, ContactReason, Kind


class Appeal(Base):
    """One appeal; a deferred foreign key ties its state to that of its last move.

    `head_hmac` is an HMAC over the number of moves and the last link of the hash chain, written
    with each move. It is empty for appeals that have not moved since it was introduced.
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
        sa.Index("ix_appeal_street_filed", "street", "filed_at"),
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
    urgings: Mapped[int] = mapped_column(default=0, server_default="0")
    citizen_urged_at: Mapped[datetime | None]
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
    """One run of an import: its source, file and start."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    source: Mapped[str]
    file_name: Mapped[str]
    begun_at: Mapped[datetime]


IMPORTED_ROWS = sa.func.hashtextextended("imported rows", 0)
"""Key of an advisory lock: an import holds it from taking a batch's time to the commit, and the
counting of figures takes it shared, so that no count misses rows dated before its own time."""


class ImportedAppeal(Base):
    """The import run that brought an appeal, and when (database time at the end of the batch).

    `row_digest` is an HMAC over the row of the file, by which a second run detects a changed row;
    an erasure empties it.
    """

    __tablename__ = "imported_appeal"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("import_run.id"), index=True)
    imported_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    row_digest: Mapped[bytes | None]


class RestrictedByCategory(Base):
    """An appeal that became restricted without a move; append-only.

    Either its category became restricted later, or a process of the previous release filed it,
    whose moves do not record the restriction.
    """

    __tablename__ = "restricted_by_category"

    appeal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("appeal.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    at: Mapped[datetime]


def caller_key(
    number: sa.SQLColumnExpression[str | None], typed: sa.SQLColumnExpression[str]
) -> sa.ColumnElement[str]:
    """Return what identifies the caller of a contact: the E.164 number, else the text as typed."""
    nothing: sa.ColumnElement[str] = sa.literal_column(
        "''"
    )  # a literal, not a parameter: the expression must match that of the index
    return sa.func.coalesce(sa.func.nullif(number, nothing), typed)


class Statement(Base):
    """The citizen's text and the contact given on filing; `ContactVersion` has later contacts.

    The telephone is stored as typed and, in `phone_number` (E.164) and `phone_extension`, as
    parsed; both are empty if it is no number. A release that does not know these columns leaves
    them NULL, and `casework/handling/telephone_columns.py` fills them in. Masking and erasure
    concern these tables and the text of moves.
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
            "ix_statement_last_digits",
            sa.text("\"right\"(coalesce(nullif(phone_number, ''), contact_phone), 4)"),
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
    """A contact that a move changed; the newest is current. Append-only.

    The contact given on filing stays in the statement. Masking and erasure concern both.
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
            "ix_contact_version_last_digits",
            sa.text("\"right\"(coalesce(nullif(phone_number, ''), phone), 4)"),
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
    """A look at a contact as recorded by releases before the access log; read only.

    Current code writes `AccessLogRow`. These rows have no HMAC and are listed together with the
    newer ones.
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
    """One recorded move; append-only.

    `facts` holds codes and dates. `words`, the only free text, may hold personal data, so the hash
    covers only its salted SHA-256 (`committed`, in hex, empty without text): an erasure can clear
    `words` and `salt` without breaking the hash chain. `link_version` says how `row_hash` was made
    (`cases/hash_chain.py: LinkVersion`); releases that do not set it make plain hashes.
    """

    __tablename__ = "move"
    __table_args__ = (
        sa.UniqueConstraint("appeal_id", "seq", "to_state", name="a_move_leads_to_one_state"),
        sa.Index("ix_move_at", "at", postgresql_using="brin"),
        sa.Index(
            "ix_move_template",
            "department",
            sa.text("(facts ->> 'used_template')"),
            postgresql_where=sa.text("(facts ->> 'used_template') IS NOT NULL"),
        ),
        sa.Index(
            "ix_move_urged_or_enquired",
            "action",
            "at",
            postgresql_where=sa.text("action IN ('urge', 'enquire')"),
        ),
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
    """Why a department was suggested, as worded at the time in Chinese and English."""

    __tablename__ = "routing_reason"

    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id"), primary_key=True)
    department: Mapped[str | None] = mapped_column(sa.ForeignKey("department.code"))
    rule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("routing_rule.id"))
    zh: Mapped[str]
    en: Mapped[str]
    alternatives: Mapped[str] = mapped_column(default="")

    def label(self, language: str) -> str:
        """Return the reason as it was worded."""
        return Text(self.zh, self.en).label(language)
