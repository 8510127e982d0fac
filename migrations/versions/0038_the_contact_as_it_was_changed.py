"""A changed contact is a row; the move that changes it and the notice of it are known."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
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
    "try_contact",
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
KINDS = (
    "filed",
    "accepted",
    "not_accepted",
    "answered_on_spot",
    "dispatched",
    "assigned_work",
    "recalled",
    "return_refused",
    "extended",
    "extension_refused",
    "question",
    "citizen_wrote",
    "sent_back",
    "closed",
    "reopened",
    "rehandling_refused",
    "withdrawn",
    "new_code",
    "warned",
    "breached",
    "escalated",
)

BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'change_contact', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    op.create_table(
        "contact_version",
        sa.Column("appeal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("move_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id", "move_seq"],
            ["move.appeal_id", "move.seq"],
            name=op.f("fk_contact_version_appeal_id_move_seq"),
        ),
        sa.PrimaryKeyConstraint("appeal_id", "move_seq", name=op.f("pk_contact_version")),
    )
    op.create_index(
        "ix_contact_version_phone",
        "contact_version",
        ["phone"],
        postgresql_where=sa.text("phone <> ''"),
    )
    _allow("move", "ck_move_action", "action", (*ACTIONS, "change_contact"))
    _allow("notice", "ck_notice_noticekind", "kind", (*KINDS, "contact_changed"))
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'change_contact'")
    _allow("notice", "ck_notice_noticekind", "kind", KINDS)
    _allow("move", "ck_move_action", "action", ACTIONS)
    op.drop_table("contact_version")


def _allow(table: str, check: str, column: str, terms: tuple[str, ...]) -> None:
    """Let the column have these terms. No row is read: all that are there have one of fewer.

    After a downgrade recorded changes stay, whatever is allowed.
    """
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
    allowed = ", ".join(f"'{term}'" for term in terms)
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({column} IN ({allowed})) NOT VALID"
    )
