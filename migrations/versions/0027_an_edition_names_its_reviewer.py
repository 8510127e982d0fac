"""A new edition was reviewed, and names who reviewed and who published it.

Editions of earlier releases may lack both; the CHECK is NOT VALID, so it looks at new rows alone.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

REVIEWED = (
    "edition IS NULL OR "
    "(reviewed_at IS NOT NULL AND reviewed_by IS NOT NULL AND published_by IS NOT NULL)"
)


def upgrade() -> None:
    op.add_column("report", sa.Column("reviewer_name", sa.Text()))
    op.add_column("report", sa.Column("publisher_name", sa.Text()))
    op.create_check_constraint(
        op.f("ck_report_an_edition_was_reviewed"), "report", REVIEWED, postgresql_not_valid=True
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_report_an_edition_was_reviewed"), "report")
    op.drop_column("report", "publisher_name")
    op.drop_column("report", "reviewer_name")
