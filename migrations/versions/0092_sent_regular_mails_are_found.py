"""Regular mails that were sent are found by an index, to be deleted.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

NAME = "ix_notice_regular_mail"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "notice", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "notice",
            ["created_at"],
            postgresql_where=sa.text("kind IN ('work_waits', 'daily_brief', 'weekly_brief')"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "notice", postgresql_concurrently=True)
