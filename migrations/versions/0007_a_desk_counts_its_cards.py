"""The desk counts its cards from the index alone: it holds the moment of yellow too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = ["department", "due_at", "appeal_id"]
RUNNING = sa.text("duty = 'finish' AND met_at IS NULL AND ended_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_deadline_work",
        "deadline",
        COLUMNS,
        postgresql_include=["warn_at"],
        postgresql_where=RUNNING,
    )
    op.drop_index("ix_deadline_desk", "deadline")


def downgrade() -> None:
    op.create_index("ix_deadline_desk", "deadline", COLUMNS, postgresql_where=RUNNING)
    op.drop_index("ix_deadline_work", "deadline")
