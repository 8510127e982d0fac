"""Urgings and enquiries of a month are found by an index among all moves.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

NAME = "ix_move_urged_or_enquired"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "move", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "move",
            ["action", "at"],
            postgresql_where=sa.text("action IN ('urge', 'enquire')"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "move", postgresql_concurrently=True)
