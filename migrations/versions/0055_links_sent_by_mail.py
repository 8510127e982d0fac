"""Links sent by mail to staff, and since when an address is known to be the person's.

The CHECK of the kinds of notice is validated by the next one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

KINDS = (
    "filed", "accepted", "not_accepted", "answered_on_spot", "dispatched", "assigned_work",
    "recalled", "return_refused", "extended", "extension_refused", "question", "citizen_wrote",
    "sent_back", "closed", "reopened", "rehandling_refused", "withdrawn", "reversed", "new_code",
    "contact_changed", "warned", "breached", "escalated", "request_waits", "account_changed",
    "unusual_access",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("staff_member", sa.Column("email_verified_at", sa.DateTime(timezone=True)))
    op.create_table(
        "mail_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "password",
                "address",
                name="maillinkpurpose",
                native_enum=False,
                create_constraint=True,
                length=None,
            ),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_mail_link_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mail_link_token_hash")),
    )
    op.create_index(op.f("ix_mail_link_staff_id"), "mail_link", ["staff_id"])
    _allow((*KINDS, "mail_link"))


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE kind = 'mail_link'")
    _allow(KINDS)
    op.drop_table("mail_link")
    op.drop_column("staff_member", "email_verified_at")


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_noticekind")
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(
        f"ALTER TABLE notice ADD CONSTRAINT ck_notice_noticekind "
        f"CHECK (kind IN ({allowed})) NOT VALID"
    )
