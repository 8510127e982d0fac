"""The seals of the records, one row each: never changed, never deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

GUARD = """
CREATE FUNCTION refuse_changed_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a seal never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_seal_never_changes BEFORE UPDATE OR DELETE ON seal
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_seal();
"""


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("previous_digest", sa.Text()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
    )
    op.execute(GUARD)


def downgrade() -> None:
    op.drop_table("seal")
    op.execute("DROP FUNCTION refuse_changed_seal()")
