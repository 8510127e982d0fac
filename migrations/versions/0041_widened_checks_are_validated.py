"""The CHECKs that this release widened on moves and notices are validated.

They were added NOT VALID, so that no table was locked while it was read. Validating locks out no
writer. It can be repeated if it was interrupted.
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

WIDENED = (("move", "ck_move_action"), ("notice", "ck_notice_noticekind"))


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, check in WIDENED:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {check}")


def downgrade() -> None:
    """Leave them valid: the downgrades before replace them."""
