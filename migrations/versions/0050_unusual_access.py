"""Who went over a limit of accesses, once a day, and the notice that tells supervisors.

No row is read: the CHECK of the notice's kind is added NOT VALID and validated by the next one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

KINDS = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn", "reversed", "new_code",
    "contact_changed", "warned", "breached", "escalated", "request_waits", "account_changed",
)  # fmt: skip
ADDED = "unusual_access"


def upgrade() -> None:
    op.create_table(
        "unusual_access",
        sa.Column("staff_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=False),
        sa.Column("lookups", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_unusual_access_staff_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "day", name=op.f("pk_unusual_access")),
    )
    _allow((*KINDS, ADDED))


def downgrade() -> None:
    op.execute(f"DELETE FROM notice WHERE kind = '{ADDED}'")  # noqa: S608 - a word of ours
    _allow(KINDS)
    op.drop_table("unusual_access")


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_noticekind")
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(
        f"ALTER TABLE notice ADD CONSTRAINT ck_notice_noticekind "
        f"CHECK (kind IN ({allowed})) NOT VALID"
    )
