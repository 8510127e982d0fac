"""Dispatches whose return was asked are found by an index.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

NAME = "ix_dispatch_return_asked_at"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "dispatch", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "dispatch",
            ["return_asked_at"],
            postgresql_where=sa.text("return_asked_at IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "dispatch", if_exists=True, postgresql_concurrently=True)
