"""Appeals, their words and their history, with the key that ties the state to the last move."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "appeal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "accepted",
                "not_accepted",
                "answered_on_spot",
                "dispatched",
                "signed",
                "return_asked",
                "in_hand",
                "answered",
                "closed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("moves_made", sa.BigInteger(), nullable=False),
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
        sa.Column(
            "channel",
            sa.Enum(
                "phone",
                "wechat",
                "web",
                "app",
                "mayor_mailbox",
                "people_cn_board",
                "newspaper",
                "tv_radio",
                "letter",
                "visit_petition",
                "grumble_meeting",
                "upper_level",
                "transfer_110",
                "dept_hotline",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("investigation", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("publish", sa.Boolean(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("assignee", sa.BigInteger(), nullable=True),
        sa.Column("question_open", sa.Boolean(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_on_spot_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("form_digest", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_generation", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_ref", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["assignee"], ["staff_member.id"], name=op.f("fk_appeal_assignee")),
        sa.ForeignKeyConstraint(["category"], ["category.code"], name=op.f("fk_appeal_category")),
        sa.ForeignKeyConstraint(["district"], ["area.code"], name=op.f("fk_appeal_district")),
        sa.ForeignKeyConstraint(["holder"], ["department.code"], name=op.f("fk_appeal_holder")),
        sa.ForeignKeyConstraint(["street"], ["area.code"], name=op.f("fk_appeal_street")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("form_key_hash", name=op.f("uq_appeal_form_key_hash")),
        sa.UniqueConstraint("number", name=op.f("uq_appeal_number")),
        sa.UniqueConstraint("source", "source_ref", name="one_appeal_per_source_reference"),
    )
    op.create_index("ix_appeal_filed_at_id", "appeal", ["filed_at", "id"], unique=False)
    op.create_index("ix_appeal_holder_filed", "appeal", ["holder", "filed_at"], unique=False)
    op.create_index(
        "ix_appeal_return_asked",
        "appeal",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'return_asked'"),
    )
    op.create_table(
        "statement",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_statement_appeal_id")),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_statement")),
    )
    op.create_table(
        "move",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "file",
                "accept",
                "not_accept",
                "answer_on_spot",
                "dispatch",
                "recall",
                "sign",
                "contact",
                "ask_return",
                "grant_return",
                "refuse_return",
                "ask_extension",
                "grant_extension",
                "refuse_extension",
                "assign",
                "ask_citizen",
                "answer_question",
                "add",
                "answer",
                "send_back",
                "close",
                "follow_up",
                "rate",
                "say_not_solved",
                "rehandle",
                "refuse_rehandling",
                "withdraw",
                "amend",
                "new_code",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_state",
            sa.Enum(
                "filed",
                "accepted",
                "not_accepted",
                "answered_on_spot",
                "dispatched",
                "signed",
                "return_asked",
                "in_hand",
                "answered",
                "closed",
                "withdrawn",
                name="to_state",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "actor_role",
            sa.Enum(
                "citizen",
                "operator",
                "dispatcher",
                "officer",
                "leader",
                "supervisor",
                "administrator",
                "system",
                name="actor_role",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_move_appeal_id")),
        sa.ForeignKeyConstraint(
            ["department"], ["department.code"], name=op.f("fk_move_department")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_move_staff_id")),
        sa.PrimaryKeyConstraint("appeal_id", "seq", name=op.f("pk_move")),
        sa.UniqueConstraint("appeal_id", "seq", "to_state", name="a_move_leads_to_one_state"),
    )
    op.create_table(
        "routing_reason",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("alternatives", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_routing_reason_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["department"], ["department.code"], name=op.f("fk_routing_reason_department")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["routing_rule.id"], name=op.f("fk_routing_reason_rule_id")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_routing_reason")),
    )

    op.create_foreign_key(
        "state_is_the_last_move",
        "appeal",
        "move",
        ["id", "moves_made", "state"],
        ["appeal_id", "seq", "to_state"],
        deferrable=True,
        initially="DEFERRED",
    )


def downgrade() -> None:
    op.drop_constraint("state_is_the_last_move", "appeal", type_="foreignkey")
    op.drop_table("routing_reason")
    op.drop_table("move")
    op.drop_table("statement")
    op.drop_table("appeal")
