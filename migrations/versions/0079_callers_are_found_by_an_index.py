"""Callers are found by the number that their telephone says, and rows without one by an index.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_statement_caller", "statement", "coalesce(nullif(phone_number, ''), contact_phone)",
     "coalesce(nullif(phone_number, ''), contact_phone) <> ''"),
    ("ix_statement_unread_phone", "statement", "appeal_id",
     "phone_number IS NULL AND contact_phone <> ''"),
    ("ix_contact_version_caller", "contact_version", "coalesce(nullif(phone_number, ''), phone)",
     "coalesce(nullif(phone_number, ''), phone) <> ''"),
    ("ix_contact_version_unread_phone", "contact_version", "appeal_id",
     "phone_number IS NULL AND phone <> ''"),
)  # fmt: skip


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, of, where in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name,
                table,
                [sa.text(of)],
                postgresql_where=sa.text(where),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, _of, _where in INDEXES:
            op.drop_index(name, table, postgresql_concurrently=True)
