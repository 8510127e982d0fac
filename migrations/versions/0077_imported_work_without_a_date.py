"""Open appeals that were imported are found by an index, for lists of those without a date.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

NAME = "ix_appeal_imported_open"
OPEN = (
    "source IS NOT NULL AND state IN ('filed', 'accepted', 'dispatched', 'signed', 'return_asked', "
    "'in_hand', 'answered')"
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "appeal", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "appeal",
            ["state", "holder", "filed_at"],
            postgresql_where=sa.text(OPEN),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "appeal", postgresql_concurrently=True)
