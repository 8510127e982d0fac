"""The permission to see restricted appeals: who granted it, who confirmed it, when it ended."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

PEOPLE = ("staff_id", "granted_by", "confirmed_by", "ended_by")


def upgrade() -> None:
    op.create_table(
        "restricted_permission",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger()),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.BigInteger()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("why_ended", sa.Text()),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by NOT IN (granted_by, staff_id)",
            name=op.f("ck_restricted_permission_another_person_confirms"),
        ),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)",
            name=op.f("ck_restricted_permission_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(ended_by IS NULL) = (ended_at IS NULL)",
            name=op.f("ck_restricted_permission_ended_by_somebody"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["staff_member.id"], name=op.f(f"fk_restricted_permission_{column}")
            )
            for column in PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restricted_permission")),
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
