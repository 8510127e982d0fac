"""Daily and weekly briefs: their figures, counted once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

MAILS = ("work_waits", "daily_brief", "weekly_brief")


def upgrade() -> None:
    op.create_table(
        "brief",
        sa.Column(
            "kind",
            sa.Enum(
                *MAILS, name="regularmail", native_enum=False, create_constraint=True, length=None
            ),
            nullable=False,
        ),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_off", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compiled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar_version", sa.Text(), nullable=False),
        sa.Column("definitions", JSONB(), nullable=False),
        sa.Column("figures", JSONB(), nullable=False),
        sa.CheckConstraint('"start" < "end"', name=op.f("ck_brief_a_brief_has_days")),
        sa.PrimaryKeyConstraint("kind", "start", name=op.f("pk_brief")),
    )


def downgrade() -> None:
    op.drop_table("brief")
