"""Each move marks its appeal, so that the worker indexes its words anew.

A trigger, because filing, moves, bulk writing, imports and processes of the previous release all
write appeals.
"""

from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

MARK = """
CREATE FUNCTION mark_for_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_mark (appeal_id) VALUES (NEW.id);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(MARK)
    op.execute(
        "CREATE TRIGGER mark_for_search AFTER INSERT OR UPDATE OF moves_made ON appeal "
        "FOR EACH ROW EXECUTE FUNCTION mark_for_search()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER mark_for_search ON appeal")
    op.execute("DROP FUNCTION mark_for_search()")
