"""The ratings that are there learn whether a follow-up heard them.

The k-th rating of an appeal is that of the k-th move that rates. They are filled in batches of
appeals, each a transaction of its own, so that nobody waits long for the lock of a rating; a run
that was interrupted can be repeated.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BATCH_SIZE = 5_000
LAST = "SELECT coalesce(max(appeal_id), 0) FROM rating"
HEARD = """
WITH rates AS (
    SELECT appeal_id, action = 'follow_up' AS heard,
        row_number() OVER (PARTITION BY appeal_id ORDER BY seq) AS n
    FROM move
    WHERE appeal_id BETWEEN :first AND :last
        AND (action IN ('rate', 'say_not_solved') OR action = 'follow_up'
            AND facts ->> 'outcome' = 'reached'
            AND (facts ->> 'solved' <> '' OR facts ->> 'satisfaction' <> ''))
)
UPDATE rating SET heard = rates.heard FROM rates
WHERE rating.appeal_id = rates.appeal_id AND rating.n = rates.n AND rating.heard IS NULL
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        last = connection.scalar(sa.text(LAST)) or 0
        for first in range(1, last + 1, BATCH_SIZE):
            batch = {"first": first, "last": first + BATCH_SIZE - 1}
            connection.execute(sa.text(HEARD), batch)


def downgrade() -> None:
    """Leave the column as it is: 0029 takes it away."""
