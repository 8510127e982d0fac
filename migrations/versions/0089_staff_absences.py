"""Absences of a department's staff, from one day to another."""

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_absence",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until > since", name=op.f("ck_staff_absence_an_absence_has_days")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["staff_member.id"], name=op.f("fk_staff_absence_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_absence_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_absence")),
    )
    op.create_index("ix_staff_absence_staff_id", "staff_absence", ["staff_id"])


def downgrade() -> None:
    op.drop_table("staff_absence")
