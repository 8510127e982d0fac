"""When a notice was first tried: it is tried for a day, however often that is."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("first_tried_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("notice", "first_tried_at")
