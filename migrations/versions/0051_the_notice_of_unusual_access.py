"""The CHECK of a notice's kind is validated; that locks out no writer and can be repeated."""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE notice VALIDATE CONSTRAINT ck_notice_noticekind")


def downgrade() -> None:
    """Leave it valid: the downgrade before replaces it."""
