"""A recorded erasure bears an HMAC; the release before records some without until it is replaced.

A record without one is believed in no database that holds no move yet; elsewhere for half an hour
more, while processes of both releases run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'signed_erasures', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    op.add_column("erasure", sa.Column("mac", sa.LargeBinary()))
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'signed_erasures'")
    op.drop_column("erasure", "mac")
