"""A rule that changes holds for moves from a moment on; the first: three versions of a rating.

A database that holds no move yet has known the rule from its beginning. Elsewhere it begins half
an hour from now: until then processes of the release before may still make moves by the old rule.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'rating_versions', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    op.create_table(
        "rule_change",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rule_change")),
    )
    op.execute(BEGIN)


def downgrade() -> None:
    op.drop_table("rule_change")
