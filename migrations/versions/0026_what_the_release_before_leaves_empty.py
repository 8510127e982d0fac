"""Columns that a process of the release before leaves empty are filled by compatibility triggers.

Web processes of the release before go on beside the migrated database until they are replaced.
They record a request to return and a rating without the columns of 0021 and 0024. The triggers
act for connections that name no release or one before 2, and the next release drops them.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

OLD_WRITER = "coalesce(nullif(current_setting('appeals.release', true), '')::int, 1) < 2"
RETURN_ASKED = """
CREATE FUNCTION compatibility_2_return_asked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE dispatch SET return_asked_at = NEW.at
    WHERE appeal_id = NEW.appeal_id
      AND n = (
        SELECT max(n) FROM dispatch WHERE appeal_id = NEW.appeal_id AND sent_at <= NEW.at
      );
    RETURN NULL;
END $$
"""
LAST_RATING = """
CREATE FUNCTION compatibility_2_last_rating() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE round
    SET rated_at = NEW.rated_at, solved = NEW.solved, satisfaction = NEW.satisfaction
    WHERE appeal_id = NEW.appeal_id AND n = NEW.round_n;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(RETURN_ASKED)
    op.execute(LAST_RATING)
    op.execute(
        "CREATE TRIGGER compatibility_2_return_asked AFTER INSERT ON move FOR EACH ROW "
        f"WHEN (NEW.action = 'ask_return' AND {OLD_WRITER}) "
        "EXECUTE FUNCTION compatibility_2_return_asked()"
    )
    op.execute(
        "CREATE TRIGGER compatibility_2_last_rating AFTER INSERT ON rating FOR EACH ROW "
        f"WHEN (NEW.until_at IS NULL AND {OLD_WRITER}) "
        "EXECUTE FUNCTION compatibility_2_last_rating()"
    )


def downgrade() -> None:
    for name, table in (("return_asked", "move"), ("last_rating", "rating")):
        op.execute(f"DROP TRIGGER compatibility_2_{name} ON {table}")
        op.execute(f"DROP FUNCTION compatibility_2_{name}()")
