"""Links of moves are made with a key; the release before makes plain ones until it is replaced.

Neither column rewrites its table. A plain link is believed from the beginning in no database that
holds no move yet; elsewhere for half an hour more, while processes of both releases run.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'keyed_links', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    plain = sa.Column("link_version", sa.SmallInteger(), server_default="1", nullable=False)
    op.add_column("move", plain)
    op.add_column("appeal", sa.Column("head_hmac", sa.LargeBinary()))
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'keyed_links'")
    op.drop_column("appeal", "head_hmac")
    op.drop_column("move", "link_version")
