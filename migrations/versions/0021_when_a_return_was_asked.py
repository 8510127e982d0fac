"""A dispatch knows when its return was asked, so that reports can watch the last day."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ASKED = """
UPDATE dispatch SET return_asked_at = asked.at
FROM (
    SELECT move.appeal_id, sent.n, max(move.at) AS at
    FROM move CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM move AS sending
        WHERE sending.appeal_id = move.appeal_id AND sending.seq < move.seq
          AND sending.action IN ('dispatch', 'grant_return', 'rehandle')
    ) AS sent
    WHERE move.action = 'ask_return'
    GROUP BY move.appeal_id, sent.n
) AS asked
WHERE dispatch.appeal_id = asked.appeal_id AND dispatch.n = asked.n
"""


def upgrade() -> None:
    op.add_column("dispatch", sa.Column("return_asked_at", sa.DateTime(timezone=True)))
    op.execute(ASKED)


def downgrade() -> None:
    op.drop_column("dispatch", "return_asked_at")
