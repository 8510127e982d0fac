"""Days that an administrator sets one by one, apart from those that a notice names."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "calendar_day",
        sa.Column("is_single", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("calendar_day", "is_single")
