"""Rounds, dispatches, promises, ratings and corrections under an appeal."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "round",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_days", sa.BigInteger(), nullable=True),
        sa.Column("extension_refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("rehandling_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rehandling_refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_round_appeal_id")),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_round")),
    )
    op.create_index("ix_round_closed_at", "round", ["closed_at"], unique=False)
    op.create_index(
        "ix_round_extended_due_at",
        "round",
        ["extended_due_at"],
        unique=False,
        postgresql_where=sa.text("extended_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_round_extension_pending",
        "round",
        ["extension_asked_at"],
        unique=False,
        postgresql_where=sa.text(
            "extension_asked_at IS NOT NULL AND extension_granted_at IS NULL "
            "AND extension_refused_at IS NULL AND closed_at IS NULL"
        ),
    )
    op.create_index("ix_round_first_dispatched_at", "round", ["first_dispatched_at"], unique=False)
    op.create_index("ix_round_original_due_at", "round", ["original_due_at"], unique=False)
    op.create_index(
        "ix_round_rehandling_pending",
        "round",
        ["rehandling_asked_at"],
        unique=False,
        postgresql_where=sa.text(
            "rehandling_asked_at IS NOT NULL AND rehandling_refused_at IS NULL AND until_at IS NULL"
        ),
    )
    op.create_table(
        "dispatch",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round_n", sa.BigInteger(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "how_ended",
            sa.Enum(
                "answered",
                "returned",
                "recalled",
                name="dispatchend",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=True,
        ),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id", "round_n"],
            ["round.appeal_id", "round.n"],
            name=op.f("fk_dispatch_appeal_id_round_n"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_dispatch_appeal_id")),
        sa.ForeignKeyConstraint(
            ["department"], ["department.code"], name=op.f("fk_dispatch_department")
        ),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_dispatch")),
    )
    op.create_index("ix_dispatch_department", "dispatch", ["department", "sent_at"], unique=False)
    op.create_index("ix_dispatch_sent_at", "dispatch", ["sent_at"], unique=False)
    op.create_table(
        "deadline",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "duty",
            sa.Enum(
                "dispatch",
                "sign",
                "return",
                "contact",
                "finish",
                "review",
                "follow_up",
                "rating",
                name="duty",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("round_n", sa.BigInteger(), nullable=False),
        sa.Column("dispatch_n", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id", "round_n"],
            ["round.appeal_id", "round.n"],
            name=op.f("fk_deadline_appeal_id_round_n"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_deadline_appeal_id")),
        sa.ForeignKeyConstraint(
            ["department"], ["department.code"], name=op.f("fk_deadline_department")
        ),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_deadline")),
    )
    op.create_index(
        "ix_deadline_desk",
        "deadline",
        ["department", "due_at", "appeal_id"],
        unique=False,
        postgresql_where=sa.text("duty = 'finish' AND met_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_deadline_queue",
        "deadline",
        ["duty", "due_at", "appeal_id"],
        unique=False,
        postgresql_where=sa.text("met_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_deadline_to_breach",
        "deadline",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("breached_at IS NULL AND met_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "ix_deadline_to_escalate",
        "deadline",
        ["escalate_at"],
        unique=False,
        postgresql_where=sa.text(
            "escalated_at IS NULL AND duty = 'finish' AND met_at IS NULL AND ended_at IS NULL"
        ),
    )
    op.create_index(
        "ix_deadline_to_warn",
        "deadline",
        ["warn_at"],
        unique=False,
        postgresql_where=sa.text(
            "warned_at IS NULL AND duty = 'finish' AND met_at IS NULL AND ended_at IS NULL"
        ),
    )
    op.create_table(
        "rating",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round_n", sa.BigInteger(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "solved",
            sa.Enum(
                "yes", "no", name="solved", native_enum=False, create_constraint=True, length=None
            ),
            nullable=True,
        ),
        sa.Column(
            "satisfaction",
            sa.Enum(
                "5",
                "4",
                "3",
                "2",
                "1",
                name="satisfaction",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=True,
        ),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id", "round_n"],
            ["round.appeal_id", "round.n"],
            name=op.f("fk_rating_appeal_id_round_n"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_rating_appeal_id")),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_rating")),
    )
    op.create_table(
        "amendment",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "consultation",
                "help",
                "complaint",
                "report",
                "suggestion",
                "praise",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_amendment_appeal_id")),
        sa.ForeignKeyConstraint(
            ["category"], ["category.code"], name=op.f("fk_amendment_category")
        ),
        sa.ForeignKeyConstraint(["district"], ["area.code"], name=op.f("fk_amendment_district")),
        sa.ForeignKeyConstraint(["street"], ["area.code"], name=op.f("fk_amendment_street")),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_amendment")),
    )


def downgrade() -> None:
    op.drop_table("amendment")
    op.drop_table("rating")
    op.drop_table("deadline")
    op.drop_table("dispatch")
    op.drop_table("round")
