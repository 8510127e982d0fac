"""The successor of a department that ended continues its dispatches.

The rule holds from half an hour from now where there are moves: until then processes of the release
before still run, which do not know it. The widened CHECKs are added NOT VALID and then validated,
so that no row is locked meanwhile; both can be repeated if it was interrupted.
"""

from alembic import op

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None

ACTIONS = (
    "file", "accept", "not_accept", "answer_on_spot", "dispatch", "recall", "sign", "contact",
    "try_contact", "ask_return", "grant_return", "refuse_return", "ask_extension",
    "grant_extension", "refuse_extension", "assign", "ask_citizen", "answer_question", "add",
    "answer", "send_back", "close", "follow_up", "rate", "say_not_solved", "rehandle",
    "refuse_rehandling", "change_contact", "withdraw", "amend", "new_code", "reverse", "note",
    "urge", "enquire",
)  # fmt: skip
ENDS = ("answered", "returned", "recalled")
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'hand_over', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
ON CONFLICT (name) DO NOTHING
"""
WIDENED = (("move", "ck_move_action"), ("dispatch", "ck_dispatch_dispatchend"))


def upgrade() -> None:
    op.execute("ALTER TABLE dispatch ADD COLUMN IF NOT EXISTS since_at timestamptz")
    _allow("move", "action", "action", (*ACTIONS, "hand_over"))
    _allow("dispatch", "how_ended", "dispatchend", (*ENDS, "handed_over"))
    op.execute(BEGIN)
    with op.get_context().autocommit_block():
        for table, check in WIDENED:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}")


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'hand_over'")
    _allow("dispatch", "how_ended", "dispatchend", ENDS)
    _allow("move", "action", "action", ACTIONS)
    op.drop_column("dispatch", "since_at")


def _allow(table: str, column: str, name: str, terms: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    allowed = ", ".join(f"'{term}'" for term in terms)
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} "
        f"CHECK ({column} IN ({allowed})) NOT VALID"
    )
