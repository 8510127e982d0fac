"""What happens within the second of a due moment meets it: since when this holds."""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'whole_seconds', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'whole_seconds'")
