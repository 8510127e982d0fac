"""Forms that were sent when the session had ended, held for the account that typed them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_form",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_held_form_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_form")),
    )
    op.create_index("ix_held_form_staff_id", "held_form", ["staff_id"])
    op.create_index("ix_held_form_held_at", "held_form", ["held_at"])


def downgrade() -> None:
    op.drop_table("held_form")
