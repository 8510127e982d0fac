"""Staff choose which regular mails they have, and in which language.

They hold from half an hour from now where there are moves: until then workers of the release
before still run, which cannot read notices of these kinds. No notice is locked while it is read for
the widened CHECK: it is added NOT VALID and then validated, which can be repeated if it was
interrupted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

NOTICES = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn", "reversed", "new_code",
    "contact_changed", "warned", "breached", "escalated", "request_waits", "account_changed",
    "unusual_access", "mail_link", "urged",
)  # fmt: skip
MAILS = ("work_waits", "daily_brief", "weekly_brief")
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'regular_mails', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
ON CONFLICT (name) DO NOTHING
"""


def upgrade() -> None:
    op.execute("ALTER TABLE staff_member ADD COLUMN IF NOT EXISTS language text")
    op.create_table(
        "staff_mailing",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mail",
            sa.Enum(
                *MAILS, name="regularmail", native_enum=False, create_constraint=True, length=None
            ),
            nullable=False,
        ),
        sa.Column("is_wanted", sa.Boolean()),
        sa.Column("written_for", sa.Date()),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_mailing_staff_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "mail", name=op.f("pk_staff_mailing")),
        if_not_exists=True,
    )
    _allow((*NOTICES, *MAILS))
    op.execute(BEGIN)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE notice VALIDATE CONSTRAINT ck_notice_noticekind")


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'regular_mails'")
    op.execute("DELETE FROM notice WHERE kind IN ('work_waits', 'daily_brief', 'weekly_brief')")
    _allow(NOTICES)
    op.drop_table("staff_mailing")
    op.drop_column("staff_member", "language")


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_noticekind")
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(
        "ALTER TABLE notice ADD CONSTRAINT ck_notice_noticekind "
        f"CHECK (kind IN ({allowed})) NOT VALID"
    )
