"""Of which roles a second factor is demanded, from a day on; of none to begin with."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

ROLES = ("operator", "dispatcher", "officer", "leader", "supervisor", "administrator")
ALL_ROLES = ("citizen", *ROLES, "system")


def upgrade() -> None:
    op.create_table(
        "factor_demand",
        sa.Column(
            "role",
            sa.Enum(
                *ALL_ROLES, name="role", native_enum=False, create_constraint=True, length=None
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("demanded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("role", "valid_from", name=op.f("pk_factor_demand")),
    )
    insert = "INSERT INTO factor_demand (role, valid_from, demanded) VALUES "
    op.execute(insert + ", ".join(f"('{role}', '2000-01-01', false)" for role in ROLES))


def downgrade() -> None:
    op.drop_table("factor_demand")
