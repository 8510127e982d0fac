"""Appeals that were ever filed or corrected to a restricted category are restricted.

Their moves do not say so; a row of `restricted_by_category` does.
"""

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

KEEP = """
INSERT INTO restricted_by_category (appeal_id, at)
SELECT id, now() FROM appeal JOIN category ON category.code = appeal.category
WHERE category.restricted AND NOT appeal.restricted
UNION
SELECT appeal_id, now() FROM amendment JOIN category ON category.code = amendment.category
WHERE category.restricted
ON CONFLICT DO NOTHING
"""
MARK = """
UPDATE appeal SET restricted = true FROM restricted_by_category AS found
WHERE found.appeal_id = appeal.id AND NOT appeal.restricted
"""


def upgrade() -> None:
    op.execute(KEEP)
    op.execute(MARK)


def downgrade() -> None:
    """Leave the marks: the downgrade before drops the column."""
