"""Which desk notices a member of staff has read, each person for herself."""

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_read",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_notice_read_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_read_notice_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "notice_id", name=op.f("pk_notice_read")),
    )
    op.create_index("ix_notice_read_notice_id", "notice_read", ["notice_id"])


def downgrade() -> None:
    op.drop_table("notice_read")
