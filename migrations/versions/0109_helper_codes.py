"""A citizen gives another person, her helper, a code of her own for one appeal.

Codes are given from half an hour from now where there are moves: until then processes of the
release before still run, which cannot read a move of the new role. The widened CHECKs are added
NOT VALID and then validated, each table by itself, so that nobody waits for two of them; all of it
can be repeated if it was interrupted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ROLES = (
    "citizen", "operator", "dispatcher", "officer", "leader", "supervisor", "administrator",
    "system",
)  # fmt: skip
COLUMNS = (
    ("move", "actor_role"),
    ("access_log", "role"),
    ("staff_member", "role"),
    ("factor_demand", "role"),
)
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'helper_codes', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
ON CONFLICT (name) DO NOTHING
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, column in COLUMNS:
            _allow(table, column, (*ROLES, "helper"))
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{column}")
        _keep_out_of_staff(("citizen", "helper", "system"))
    op.create_table(
        "helper_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_generation", sa.BigInteger(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_helper_code_appeal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper_code")),
    )
    op.create_index("ix_helper_code_appeal_id", "helper_code", ["appeal_id"])
    op.create_index(
        "one_helper_code_in_force",
        "helper_code",
        ["appeal_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "helper_visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"], ["helper_code.id"], name=op.f("fk_helper_visit_code_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper_visit")),
    )
    op.create_index("ix_helper_visit_code_id_at", "helper_visit", ["code_id", "at"])
    op.add_column("opened_appeal", sa.Column("helper_code_id", sa.BigInteger()))
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'helper_codes'")
    op.drop_column("opened_appeal", "helper_code_id")
    op.drop_table("helper_visit")
    op.drop_table("helper_code")
    _keep_out_of_staff(("citizen", "system"))
    for table, column in COLUMNS:
        _allow(table, column, ROLES)


def _allow(table: str, column: str, roles: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{role}'" for role in roles)
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{column}, "
        f"ADD CONSTRAINT ck_{table}_{column} CHECK ({column} IN ({allowed})) NOT VALID"
    )


def _keep_out_of_staff(roles: tuple[str, ...]) -> None:
    name = "ck_staff_member_staff_have_a_staff_role"
    refused = ", ".join(f"'{role}'" for role in roles)
    op.execute(
        f"ALTER TABLE staff_member DROP CONSTRAINT IF EXISTS {name}, "
        f"ADD CONSTRAINT {name} CHECK (role NOT IN ({refused}))"
    )
