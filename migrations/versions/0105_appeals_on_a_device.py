"""The list of appeals that a citizen's device keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_appeal",
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code_generation", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("device_hash", "appeal_id", name=op.f("pk_device_appeal")),
    )
    op.create_index("ix_device_appeal_until_at", "device_appeal", ["until_at"])


def downgrade() -> None:
    op.drop_table("device_appeal")
