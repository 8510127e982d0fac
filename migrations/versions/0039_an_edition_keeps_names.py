"""An edition keeps what its keys were called; a row says that a file of it was made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("names", JSONB()))
    op.create_table(
        "edition_file",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "made_at IS NULL OR problem IS NULL", name=op.f("ck_edition_file_what_is_made_is_well")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_edition_file_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", "form", "language", name=op.f("pk_edition_file")),
    )


def downgrade() -> None:
    op.drop_table("edition_file")
    op.drop_column("report", "names")
