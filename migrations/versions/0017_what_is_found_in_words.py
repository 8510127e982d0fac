"""What is found in the citizens' words and contacts is kept with a report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("found", JSONB()))


def downgrade() -> None:
    op.drop_column("report", "found")
