"""The permission to see restricted appeals: by which request it was given, and when it ended."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

KEYS = (
    ("staff_id", "staff_member"), ("request_id", "staff_request"), ("ended_by", "staff_member"),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "restricted_permission",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.BigInteger()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("why_ended", sa.Text()),
        sa.CheckConstraint(
            "(ended_by IS NULL) = (ended_at IS NULL)",
            name=op.f("ck_restricted_permission_ended_by_somebody"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_restricted_permission_{column}")
            )
            for column, table in KEYS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restricted_permission")),
        sa.UniqueConstraint("request_id", name=op.f("uq_restricted_permission_request_id")),
    )
    op.create_index(
        op.f("ix_restricted_permission_staff_id"), "restricted_permission", ["staff_id"]
    )
    op.create_index(
        "one_permission_at_a_time",
        "restricted_permission",
        ["staff_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("restricted_permission")
