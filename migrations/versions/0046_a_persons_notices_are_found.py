"""The notices to a person are found by an index, and the CHECKs of notices are validated.

Neither locks out a writer, and both can be repeated if they were interrupted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

ADDED = ("ck_notice_about_an_appeal_or_an_account", "ck_notice_noticekind", "fk_notice_staff_id")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(
            "ix_notice_staff", table_name="notice", postgresql_concurrently=True, if_exists=True
        )
        op.create_index(
            "ix_notice_staff",
            "notice",
            ["staff_id", "id"],
            postgresql_where=sa.text("staff_id IS NOT NULL"),
            postgresql_concurrently=True,
        )
        for constraint in ADDED:
            op.execute(f"ALTER TABLE notice VALIDATE CONSTRAINT {constraint}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_notice_staff", table_name="notice", postgresql_concurrently=True)
