"""Restricted appeals are few and found by an index; the key to the department is validated.

Counts over promises and rounds leave them out by it. A build that was interrupted leaves an invalid
index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE appeal VALIDATE CONSTRAINT fk_appeal_complained_department")
        op.drop_index(
            "ix_appeal_restricted", "appeal", if_exists=True, postgresql_concurrently=True
        )
        op.create_index(
            "ix_appeal_restricted",
            "appeal",
            ["id"],
            postgresql_where=sa.text("restricted"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_appeal_restricted", "appeal", postgresql_concurrently=True)
