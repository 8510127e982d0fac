"""The only supervisor may ask the permission "restricted" for herself; an administrator confirms.

That there is no other is held by the application: a CHECK sees one row.
"""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

NAME = "ck_staff_request_nobody_asks_for_oneself"
OTHERS = "asked_by IS DISTINCT FROM staff_id"


def upgrade() -> None:
    _check(f"{OTHERS} OR kind = 'restricted'")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE staff_request VALIDATE CONSTRAINT {NAME}")


def downgrade() -> None:
    """Let nobody ask anew; what was asked stays, for a request is never deleted."""
    _check(OTHERS)


def _check(condition: str) -> None:
    op.execute(f"ALTER TABLE staff_request DROP CONSTRAINT IF EXISTS {NAME}")
    op.execute(f"ALTER TABLE staff_request ADD CONSTRAINT {NAME} CHECK ({condition}) NOT VALID")
