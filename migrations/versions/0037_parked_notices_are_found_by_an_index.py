"""Parked notices are counted and listed by an index: they are few among millions.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

INDEX = "ix_notice_parked"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "notice", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            INDEX,
            "notice",
            ["parked_at", "id"],
            postgresql_where=sa.text("parked_at IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "notice", postgresql_concurrently=True)
