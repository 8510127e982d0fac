"""What people keep on their desk, and the move that leaves a note for colleagues."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ACTIONS = (
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
)


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_saved_filter_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("staff_id", "name", name="one_filter_per_name"),
    )
    op.create_table(
        "reply_template",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("department_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_code"], ["department.code"], name=op.f("fk_reply_template_department_code")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["staff_member.id"], name=op.f("fk_reply_template_changed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_template")),
        sa.UniqueConstraint("department_code", "name", name="one_template_per_name"),
    )
    _allow((*ACTIONS, "note"))
    op.execute("ALTER TABLE move VALIDATE CONSTRAINT ck_move_action")


def downgrade() -> None:
    _allow(ACTIONS)
    op.drop_table("reply_template")
    op.drop_table("saved_filter")


def _allow(actions: tuple[str, ...]) -> None:
    """Let the recorded moves be of these actions; recorded notes stay, whatever is allowed."""
    op.execute("ALTER TABLE move DROP CONSTRAINT ck_move_action")
    allowed = ", ".join(f"'{action}'" for action in actions)
    op.execute(
        f"ALTER TABLE move ADD CONSTRAINT ck_move_action CHECK (action IN ({allowed})) NOT VALID"
    )
