"""A telephone that the release before erases or changes takes with it what it says.

A process of that release empties or writes a telephone as it is typed and knows no columns beside
it. The triggers empty those for it (decision 0012); the worker reads what is not empty again.
"""

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

OLD_WRITER = "coalesce(nullif(current_setting('appeals.release', true), '')::int, 1) < 2"
TYPED = (("statement", "contact_phone"), ("contact_version", "phone"))
UNREAD = """
CREATE FUNCTION compatibility_2_telephone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.phone_number := NULL;
    NEW.phone_extension := NULL;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.execute(UNREAD)
    for table, typed in TYPED:
        op.execute(
            f"CREATE TRIGGER compatibility_2_telephone BEFORE UPDATE OF {typed} ON {table} "
            f"FOR EACH ROW WHEN (NEW.{typed} IS DISTINCT FROM OLD.{typed} AND {OLD_WRITER}) "
            "EXECUTE FUNCTION compatibility_2_telephone()"
        )


def downgrade() -> None:
    for table, _typed in TYPED:
        op.execute(f"DROP TRIGGER compatibility_2_telephone ON {table}")
    op.execute("DROP FUNCTION compatibility_2_telephone()")
