"""The centre takes its own mistake back: what stood until then is a row of its own.

No recorded move or notice is read for the widened CHECKs: all of them are of fewer terms.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

ACTIONS = (
    "file", "accept", "not_accept", "answer_on_spot", "dispatch", "recall", "sign", "contact",
    "try_contact", "ask_return", "grant_return", "refuse_return", "ask_extension",
    "grant_extension", "refuse_extension", "assign", "ask_citizen", "answer_question", "add",
    "answer", "send_back", "close", "follow_up", "rate", "say_not_solved", "rehandle",
    "refuse_rehandling", "change_contact", "withdraw", "amend", "new_code", "note",
)  # fmt: skip
NOTICES = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn", "new_code",
    "contact_changed", "warned", "breached", "escalated",
)  # fmt: skip
STATES = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "signed",
    "return_asked", "in_hand", "answered", "closed", "withdrawn",
)  # fmt: skip
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'reverse', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    op.create_table(
        "reversal",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round_n", sa.BigInteger(), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "taken_back",
            sa.Enum(*STATES, name="taken_back", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("not_accepted_at", sa.DateTime(timezone=True)),
        sa.Column("answered_on_spot_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("reached_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_reversal_appeal_id")),
        sa.ForeignKeyConstraint(
            ["appeal_id", "round_n"],
            ["round.appeal_id", "round.n"],
            name=op.f("fk_reversal_appeal_id_round_n"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("appeal_id", "n", name=op.f("pk_reversal")),
    )
    op.create_index("ix_reversal_reversed_at", "reversal", ["reversed_at"])
    _allow("move", "action", "action", (*ACTIONS, "reverse"))
    _allow("notice", "kind", "noticekind", (*NOTICES, "reversed"))
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'reverse'")
    _allow("notice", "kind", "noticekind", NOTICES)
    _allow("move", "action", "action", ACTIONS)
    op.drop_table("reversal")


def _allow(table: str, column: str, name: str, terms: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    allowed = ", ".join(f"'{term}'" for term in terms)
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} "
        f"CHECK ({column} IN ({allowed})) NOT VALID"
    )
