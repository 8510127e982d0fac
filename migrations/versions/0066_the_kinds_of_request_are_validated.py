"""The CHECK of the kinds of request is validated; that locks out no writer and can be repeated."""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE staff_request VALIDATE CONSTRAINT ck_staff_request_requestkind")


def downgrade() -> None:
    """Leave it valid: the downgrade before replaces it."""
