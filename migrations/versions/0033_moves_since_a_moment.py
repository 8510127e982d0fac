"""The moves since a moment are found by an index, for the nightly verification.

A block range index: moves are written in the order of their time, so it takes a few pages.
A build that was interrupted leaves an invalid index, which is dropped first.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_move_at", "move", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            "ix_move_at", "move", ["at"], postgresql_using="brin", postgresql_concurrently=True
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_move_at", "move", postgresql_concurrently=True)
