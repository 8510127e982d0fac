"""What the database's clock and a machine's counter last said together: a jump is seen by both."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clock_sighting",
        sa.Column("boot_id", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counter", sa.Double(), nullable=False),
        sa.Column("jump", sa.Interval(), nullable=True),
        sa.PrimaryKeyConstraint("boot_id", name="pk_clock_sighting"),
    )


def downgrade() -> None:
    op.drop_table("clock_sighting")
