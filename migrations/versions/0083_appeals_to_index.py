"""Marks the appeals that are there already; the worker indexes them, the newest first."""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

BATCH = 100_000
NEWEST = sa.text("SELECT coalesce(max(id), 0) FROM appeal")
MARK = sa.text(
    "INSERT INTO search_mark (appeal_id) "
    "SELECT id FROM appeal WHERE id > :after AND id <= :last ORDER BY id"
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        newest = connection.execute(NEWEST).scalar_one()
        for after in range(0, newest, BATCH):
            connection.execute(MARK, {"after": after, "last": after + BATCH})


def downgrade() -> None:
    op.execute("DELETE FROM search_mark")
