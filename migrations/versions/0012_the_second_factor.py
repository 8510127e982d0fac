"""The second factor of staff: its salt and last step, recovery codes, sessions that await it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_member", sa.Column("factor_salt", sa.LargeBinary(), nullable=True))
    op.add_column(
        "staff_member", sa.Column("factor_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("staff_member", sa.Column("factor_step", sa.BigInteger(), nullable=True))
    op.create_table(
        "recovery_code",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_recovery_code_staff_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.add_column(
        "staff_session",
        sa.Column("awaits_factor", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("staff_session", sa.Column("browser", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("staff_session", "browser")
    op.drop_column("staff_session", "awaits_factor")
    op.drop_table("recovery_code")
    for column in ("factor_step", "factor_since", "factor_salt"):
        op.drop_column("staff_member", column)
