"""A category can end on a day; what was filed under it stays."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("category", sa.Column("valid_to", sa.Date()))


def downgrade() -> None:
    op.drop_column("category", "valid_to")
