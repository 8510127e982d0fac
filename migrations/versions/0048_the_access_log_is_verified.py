"""The verification of the access log knows how far it is, and which rows do not hold."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log_verification",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("month", sa.Date()),
        sa.Column("row_id", sa.Uuid()),
        sa.Column("verified", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_access_log_verification_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log_verification")),
    )
    op.create_table(
        "unverified_access",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("month", "id", name=op.f("pk_unverified_access")),
    )


def downgrade() -> None:
    op.drop_table("unverified_access")
    op.drop_table("access_log_verification")
