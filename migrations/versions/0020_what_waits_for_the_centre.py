"""What waits for the centre is found by an index, however long the history is."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OLD, NEW = "ix_appeal_return_asked", "ix_appeal_waiting"


def upgrade() -> None:
    op.create_index(
        NEW,
        "appeal",
        ["state", "id"],
        postgresql_where=sa.text("state IN ('filed', 'accepted', 'return_asked')"),
    )
    op.drop_index(OLD, "appeal")


def downgrade() -> None:
    op.create_index(OLD, "appeal", ["id"], postgresql_where=sa.text("state = 'return_asked'"))
    op.drop_index(NEW, "appeal")
