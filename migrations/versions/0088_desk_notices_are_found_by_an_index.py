"""The inbox finds the desk notices of a department or a person by an index.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

NAME = "ix_notice_desk"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "notice", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "notice",
            ["recipient", "created_at"],
            postgresql_where=sa.text("channel = 'desk'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "notice", if_exists=True, postgresql_concurrently=True)
