"""A rating says whether a follow-up heard it, so that it never replaces the citizen's own.

A process of the release before leaves the column empty: the compatibility trigger fills it, until
the next release makes it NOT NULL. The ratings that are there are filled by 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

FILLED = """
CREATE FUNCTION compatibility_2_heard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rating SET heard = (
        SELECT action = 'follow_up' FROM move
        WHERE appeal_id = NEW.appeal_id AND at = NEW.rated_at
            AND action IN ('rate', 'say_not_solved', 'follow_up')
        ORDER BY seq DESC LIMIT 1)
    WHERE appeal_id = NEW.appeal_id AND n = NEW.n;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER compatibility_2_heard AFTER INSERT ON rating
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.heard IS NULL)
    EXECUTE FUNCTION compatibility_2_heard()
"""
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT name, CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
FROM unnest(ARRAY['follow_up_hears', 'follow_up_days']) AS name
"""


def upgrade() -> None:
    op.add_column("rating", sa.Column("heard", sa.Boolean()))
    op.execute(FILLED)
    op.execute(BEGIN)


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name IN ('follow_up_hears', 'follow_up_days')")
    op.execute("DROP TRIGGER compatibility_2_heard ON rating")
    op.execute("DROP FUNCTION compatibility_2_heard()")
    op.drop_column("rating", "heard")
