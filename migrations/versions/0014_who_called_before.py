"""A caller's earlier appeals are found by the telephone."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_statement_contact_phone",
        "statement",
        ["contact_phone"],
        postgresql_where=sa.text("contact_phone <> ''"),
    )


def downgrade() -> None:
    op.drop_index("ix_statement_contact_phone", "statement")
