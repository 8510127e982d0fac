"""The newest appeals of a street are found by an index: those that may be similar to another.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

from alembic import op

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None

INDEX = "ix_appeal_street_filed"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "appeal", if_exists=True, postgresql_concurrently=True)
        op.create_index(INDEX, "appeal", ["street", "filed_at"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "appeal", postgresql_concurrently=True)
