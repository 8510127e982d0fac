"""`appeals repair` records each value that it changes; rows are only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION refuse_changed_repair() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a recorded repair never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_repair_never_changes BEFORE UPDATE OR DELETE ON repair
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_repair();
"""


def upgrade() -> None:
    op.create_table(
        "repair",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("repaired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger()),
        sa.Column("column_name", sa.Text()),
        sa.Column("old_value", sa.Text()),
        sa.Column("new_value", sa.Text()),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeal.id"], name=op.f("fk_repair_appeal_id_appeal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair")),
    )
    op.create_index(op.f("ix_repair_appeal_id"), "repair", ["appeal_id"])
    op.execute(GUARD)


def downgrade() -> None:
    op.drop_table("repair")
    op.execute("DROP FUNCTION refuse_changed_repair()")
