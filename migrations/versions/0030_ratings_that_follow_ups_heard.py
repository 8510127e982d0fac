"""The ratings that are there learn whether a follow-up heard them.

The k-th rating of an appeal is that of the k-th move that rates. No table is locked meanwhile.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

HEARD = """
WITH rates AS (
    SELECT appeal_id, action = 'follow_up' AS heard,
        row_number() OVER (PARTITION BY appeal_id ORDER BY seq) AS n
    FROM move
    WHERE action IN ('rate', 'say_not_solved') OR action = 'follow_up'
        AND facts ->> 'outcome' = 'reached'
        AND (facts ->> 'solved' <> '' OR facts ->> 'satisfaction' <> '')
)
UPDATE rating SET heard = rates.heard FROM rates
WHERE rating.appeal_id = rates.appeal_id AND rating.n = rates.n AND rating.heard IS NULL
"""


def upgrade() -> None:
    op.execute(HEARD)


def downgrade() -> None:
    """Leave the column as it is: 0029 takes it away."""
