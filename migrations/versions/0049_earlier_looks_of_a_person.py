"""Looks at a contact that earlier releases recorded are found by the person who looked."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

INDEX = "ix_contact_view_staff_id_at"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "contact_view", if_exists=True, postgresql_concurrently=True)
        op.create_index(INDEX, "contact_view", ["staff_id", "at"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "contact_view", postgresql_concurrently=True)
