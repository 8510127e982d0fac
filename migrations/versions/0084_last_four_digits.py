"""Callers are found by the last four digits of their telephone, by an index.

A build that was interrupted leaves an invalid index, which is dropped first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_statement_last_digits", "statement", "coalesce(nullif(phone_number, ''), contact_phone)"),
    ("ix_contact_version_last_digits", "contact_version",
     "coalesce(nullif(phone_number, ''), phone)"),
)  # fmt: skip


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, caller in INDEXES:
            op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                name,
                table,
                [sa.text(f'"right"({caller}, 4)')],
                postgresql_where=sa.text(f"{caller} <> ''"),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, _caller in INDEXES:
            op.drop_index(name, table, postgresql_concurrently=True)
