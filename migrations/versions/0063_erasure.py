"""Erasure: which appeals were erased, whose files must still go, and the years of each kind."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

KINDS = ("consultation", "help", "complaint", "report", "suggestion", "praise", "other")
APPEND_ONLY = """
CREATE FUNCTION refuse_changed_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a recorded erasure never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER an_erasure_never_changes BEFORE UPDATE OR DELETE ON erasure
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_erasure();
"""


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("appeal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_by", _terms("erasedby", ("request", "rule", "operator")), nullable=False),
        sa.Column("request_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeal.id"], name=op.f("fk_erasure_appeal_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["staff_request.id"], name=op.f("fk_erasure_request_id")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_erasure")),
    )
    op.execute(APPEND_ONLY)
    op.create_table(
        "erased_file",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", name=op.f("pk_erased_file")),
    )
    op.create_table(
        "retention",
        sa.Column("kind", _terms("kind", KINDS), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("years", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("years BETWEEN 0 AND 100", name=op.f("ck_retention_years_of_a_life")),
        sa.PrimaryKeyConstraint("kind", "valid_from", name=op.f("pk_retention")),
    )
    insert = "INSERT INTO retention (kind, valid_from, years) VALUES "
    op.execute(insert + ", ".join(f"('{kind}', '2000-01-01', 0)" for kind in KINDS))


def downgrade() -> None:
    op.drop_table("retention")
    op.drop_table("erased_file")
    op.execute("DROP TRIGGER an_erasure_never_changes ON erasure")
    op.execute("DROP FUNCTION refuse_changed_erasure()")
    op.drop_table("erasure")


def _terms(name: str, terms: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*terms, name=name, native_enum=False, create_constraint=True, length=None)
