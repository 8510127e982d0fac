"""An appeal can be restricted, and says which department it is about.

Processes of the release before file and correct appeals without these columns, and their moves do
not say that an appeal became restricted. For them a compatibility trigger marks it and keeps a row
in `restricted_by_category`, by which the history replays (decision 0012).
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

OLD_WRITER = "coalesce(nullif(current_setting('appeals.release', true), '')::int, 1) < 2"
RESTRICT = """
CREATE FUNCTION compatibility_2_restricted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM category WHERE code = NEW.category AND restricted) THEN
        NEW.restricted := true;
        INSERT INTO restricted_by_category (appeal_id, at) VALUES (NEW.id, now())
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NEW;
END $$
"""
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'complained_department', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
"""


def upgrade() -> None:
    op.add_column(
        "appeal",
        sa.Column("restricted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("appeal", sa.Column("complained_department", sa.Text()))
    op.create_foreign_key(
        op.f("fk_appeal_complained_department"),
        "appeal",
        "department",
        ["complained_department"],
        ["code"],
        postgresql_not_valid=True,  # validated by 0061: no row is read here
    )
    op.create_table(
        "restricted_by_category",
        sa.Column("appeal_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"],
            ["appeal.id"],
            name=op.f("fk_restricted_by_category_appeal_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_restricted_by_category")),
    )
    op.execute(RESTRICT)
    op.execute(
        "CREATE TRIGGER compatibility_2_restricted BEFORE INSERT OR UPDATE OF category ON appeal "
        f"FOR EACH ROW WHEN (NOT NEW.restricted AND {OLD_WRITER}) "
        "EXECUTE FUNCTION compatibility_2_restricted()"
    )
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'complained_department'")
    op.execute("DROP TRIGGER compatibility_2_restricted ON appeal")
    op.execute("DROP FUNCTION compatibility_2_restricted()")
    op.drop_table("restricted_by_category")
    op.drop_constraint(op.f("fk_appeal_complained_department"), "appeal")
    op.drop_column("appeal", "complained_department")
    op.drop_column("appeal", "restricted")
