"""Failed tries to reach a citizen are rows; a dispatch knows that she could not be reached."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
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
    "note",
)

BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'try_contact', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    op.add_column("dispatch", sa.Column("unreachable_at", sa.DateTime(timezone=True)))
    op.create_table(
        "contact_try",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dispatch_n", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_left", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_contact_try_appeal_id")
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id", "dispatch_n"],
            ["dispatch.appeal_id", "dispatch.n"],
            name=op.f("fk_contact_try_appeal_id_dispatch_n"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_contact_try")),
    )
    _allow((*ACTIONS, "try_contact"))
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'try_contact'")
    _allow(ACTIONS)
    op.drop_table("contact_try")
    op.drop_column("dispatch", "unreachable_at")


def _allow(actions: tuple[str, ...]) -> None:
    """Let moves be of these actions. No recorded move is read: all of them are of fewer actions.

    After a downgrade recorded tries stay, whatever is allowed.
    """
    op.execute("ALTER TABLE move DROP CONSTRAINT ck_move_action")
    allowed = ", ".join(f"'{action}'" for action in actions)
    op.execute(
        f"ALTER TABLE move ADD CONSTRAINT ck_move_action CHECK (action IN ({allowed})) NOT VALID"
    )
