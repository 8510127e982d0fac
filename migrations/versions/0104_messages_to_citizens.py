"""Messages to citizens keep to their hours and are joined; citizens are reminded to rate once.

They hold from half an hour from now where there are moves: until then workers of the release before
still run, which send every notice by itself and cannot read the new kind. Notices that wait to be
sent when this runs are sent as before, at any hour and each by itself. No notice is locked while it
is read for the widened CHECK and the foreign key: they are added NOT VALID and then validated. All
of it can be repeated if it was interrupted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

NOTICES = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "urged", "mentioned", "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn",
    "reversed", "new_code", "contact_changed", "warned", "breached", "escalated", "request_waits",
    "account_changed", "unusual_access", "mail_link", "work_waits", "daily_brief", "weekly_brief",
)  # fmt: skip
RULES = {"earliest_hour": 8, "latest_hour": 21, "gathered_minutes": 5, "reminder_days": 3}
CHECK, JOINED_TO, INDEX = "ck_notice_noticekind", "fk_notice_joined_to", "ix_notice_joined_to"
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'citizen_messages', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
ON CONFLICT (name) DO NOTHING
"""
INSERT_RULE = """
INSERT INTO message_rule (rule, valid_from, amount) VALUES ('{rule}', '2000-01-01', {amount})
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE notice ADD COLUMN IF NOT EXISTS can_wait boolean NOT NULL DEFAULT false"
    )
    op.execute("ALTER TABLE notice ADD COLUMN IF NOT EXISTS joined_to bigint")
    op.execute(f"ALTER TABLE notice DROP CONSTRAINT IF EXISTS {JOINED_TO}")
    op.execute(
        f"ALTER TABLE notice ADD CONSTRAINT {JOINED_TO} "
        "FOREIGN KEY (joined_to) REFERENCES notice (id) NOT VALID"
    )
    _allow((*NOTICES, "rating_reminder"))
    op.create_table(
        "rating_reminder",
        sa.Column("appeal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("round_n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_rating_reminder_appeal_id")
        ),
        sa.PrimaryKeyConstraint("appeal_id", "round_n", name=op.f("pk_rating_reminder")),
        if_not_exists=True,
    )
    _create_rules()
    op.execute(BEGIN)
    with op.get_context().autocommit_block():
        for constraint in (CHECK, JOINED_TO):
            op.execute(f"ALTER TABLE notice VALIDATE CONSTRAINT {constraint}")
        op.drop_index(INDEX, "notice", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            INDEX,
            "notice",
            ["joined_to"],
            postgresql_where=sa.text("joined_to IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "notice", if_exists=True, postgresql_concurrently=True)
    op.execute("DELETE FROM rule_change WHERE name = 'citizen_messages'")
    op.drop_table("message_rule")
    op.drop_table("rating_reminder")
    op.execute("DELETE FROM notice WHERE kind = 'rating_reminder'")
    _allow(NOTICES)
    op.drop_column("notice", "joined_to")
    op.drop_column("notice", "can_wait")


def _create_rules() -> None:
    op.create_table(
        "message_rule",
        sa.Column(
            "rule",
            sa.Enum(
                *RULES, name="messagerule", native_enum=False, create_constraint=True, length=None
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_message_rule_a_figure_is_a_count")),
        sa.PrimaryKeyConstraint("rule", "valid_from", name=op.f("pk_message_rule")),
        if_not_exists=True,
    )
    for rule, amount in RULES.items():
        op.execute(INSERT_RULE.format(rule=rule, amount=amount))


def _allow(terms: tuple[str, ...]) -> None:
    op.execute(f"ALTER TABLE notice DROP CONSTRAINT {CHECK}")
    allowed = ", ".join(f"'{term}'" for term in terms)
    op.execute(f"ALTER TABLE notice ADD CONSTRAINT {CHECK} CHECK (kind IN ({allowed})) NOT VALID")
