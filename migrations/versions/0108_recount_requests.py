"""A period is counted again by the worker, as an administrator asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "recount_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("start", MOMENT, nullable=False),
        sa.Column("end", MOMENT, nullable=False),
        sa.Column("cut_off", MOMENT),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("problem", sa.Text()),
        sa.CheckConstraint('"start" < "end"', name=op.f("ck_recount_request_a_recount_has_days")),
        sa.CheckConstraint(
            "problem IS NULL OR finished_at IS NOT NULL",
            name=op.f("ck_recount_request_what_failed_is_finished"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["staff_member.id"], name=op.f("fk_recount_request_asked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recount_request")),
    )
    op.create_index(
        "one_running_recount_per_period",
        "recount_request",
        ["start", "end"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("ix_recount_request_period", "recount_request", ["start", "end", "id"])


def downgrade() -> None:
    op.drop_table("recount_request")
