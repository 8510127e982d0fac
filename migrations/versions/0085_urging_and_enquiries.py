"""A department is urged, an enquiry is recorded, and the centre makes moves for a caller.

Both rules hold from half an hour from now where there are moves: until then processes of the
release before still run. No recorded move or notice is locked while it is read for the widened
CHECKs: they are added NOT VALID and then validated, which can be repeated if it was interrupted.
"""

from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

ACTIONS = (
    "file", "accept", "not_accept", "answer_on_spot", "dispatch", "recall", "sign", "contact",
    "try_contact", "ask_return", "grant_return", "refuse_return", "ask_extension",
    "grant_extension", "refuse_extension", "assign", "ask_citizen", "answer_question", "add",
    "answer", "send_back", "close", "follow_up", "rate", "say_not_solved", "rehandle",
    "refuse_rehandling", "change_contact", "withdraw", "amend", "new_code", "reverse", "note",
)  # fmt: skip
NOTICES = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn", "reversed", "new_code",
    "contact_changed", "warned", "breached", "escalated", "request_waits", "account_changed",
    "unusual_access", "mail_link",
)  # fmt: skip
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT name, CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
FROM unnest(ARRAY['urging', 'for_callers']) AS name
"""
WIDENED = (("move", "ck_move_action"), ("notice", "ck_notice_noticekind"))


def upgrade() -> None:
    op.execute("ALTER TABLE appeal ADD COLUMN IF NOT EXISTS urgings bigint NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE appeal ADD COLUMN IF NOT EXISTS citizen_urged_at timestamptz")
    _allow("move", "action", "action", (*ACTIONS, "urge", "enquire"))
    _allow("notice", "kind", "noticekind", (*NOTICES, "urged"))
    op.execute(BEGIN + "ON CONFLICT (name) DO NOTHING")
    with op.get_context().autocommit_block():
        for table, check in WIDENED:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}")


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name IN ('urging', 'for_callers')")
    op.execute("DELETE FROM notice WHERE kind = 'urged'")
    _allow("notice", "kind", "noticekind", NOTICES)
    _allow("move", "action", "action", ACTIONS)
    op.drop_column("appeal", "citizen_urged_at")
    op.drop_column("appeal", "urgings")


def _allow(table: str, column: str, name: str, terms: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    allowed = ", ".join(f"'{term}'" for term in terms)
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} "
        f"CHECK ({column} IN ({allowed})) NOT VALID"
    )
