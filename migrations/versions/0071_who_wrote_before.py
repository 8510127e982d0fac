"""Earlier appeals are found by the caller's mailbox too, by an index.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_statement_lower_contact_email", "statement", "lower(contact_email)"),
    ("ix_contact_version_lower_email", "contact_version", "lower(email)"),
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, email in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name,
                table,
                [sa.text(email)],
                postgresql_where=sa.text(f"{email} <> ''"),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, _ in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
