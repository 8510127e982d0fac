"""A photo keeps its original beside the preview, and what happened to the picture.

Photos of earlier releases have a preview alone; nothing is known of what happened to them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attachment", sa.Column("original", sa.Text(), nullable=True))
    op.add_column("attachment", sa.Column("changes", JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("attachment", "changes")
    op.drop_column("attachment", "original")
