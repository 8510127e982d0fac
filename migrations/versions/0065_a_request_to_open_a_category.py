"""A request of two people: to let everybody see what is filed under a restricted category.

The CHECK of the kinds of request is validated by the next one.
"""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

KINDS = (
    "account", "role", "password_reset", "second_factor_reset", "factor_not_demanded",
    "restricted", "erasure",
)  # fmt: skip


def upgrade() -> None:
    _allow((*KINDS, "category_opened"))


def downgrade() -> None:
    """Let no new one be asked; those that were stay, for a request is never deleted."""
    _allow(KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE staff_request DROP CONSTRAINT ck_staff_request_requestkind")
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(
        f"ALTER TABLE staff_request ADD CONSTRAINT ck_staff_request_requestkind "
        f"CHECK (kind IN ({allowed})) NOT VALID"
    )
