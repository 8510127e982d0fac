"""The CHECK of the kinds of notice is validated; that locks out no writer and can be repeated."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE notice VALIDATE CONSTRAINT ck_notice_noticekind")


def downgrade() -> None:
    """Leave it valid: the downgrade before replaces it."""
