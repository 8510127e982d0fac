"""An urgency that was set at a dispatch becomes a dated correction, as it is from now on."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CORRECTIONS = """
CREATE TEMPORARY TABLE correction ON COMMIT DROP AS
WITH said AS (
    SELECT appeal_id, at, action, facts ->> 'urgent' AS urgent,
           lag(facts ->> 'urgent') OVER (PARTITION BY appeal_id ORDER BY seq) AS before
    FROM move WHERE action IN ('file', 'amend', 'dispatch') AND facts ->> 'urgent' IS NOT NULL
), unkept AS (
    SELECT * FROM said WHERE action = 'dispatch' AND urgent <> before
), kept AS (
    SELECT * FROM amendment WHERE appeal_id IN (SELECT appeal_id FROM unkept)
), stood AS (
    -- What stood at the dispatch is what the next correction replaced, or what stands now.
    SELECT unkept.appeal_id, unkept.at AS amended_at, unkept.before = 'yes' AS urgent,
           later.n IS NULL AS is_last, later.kind, later.category, later.district, later.street
    FROM unkept LEFT JOIN LATERAL (
        SELECT * FROM kept WHERE kept.appeal_id = unkept.appeal_id AND amended_at > unkept.at
        ORDER BY n LIMIT 1
    ) AS later ON true
)
SELECT appeal_id, amended_at, kind, category, district, street, urgent FROM kept
UNION ALL
SELECT appeal_id, amended_at, coalesce(stood.kind, appeal.kind),
       coalesce(stood.category, appeal.category),
       CASE WHEN is_last THEN appeal.district ELSE stood.district END,
       CASE WHEN is_last THEN appeal.street ELSE stood.street END, stood.urgent
FROM stood JOIN appeal ON appeal.id = stood.appeal_id
"""
NUMBERED_ANEW = """
DELETE FROM amendment WHERE appeal_id IN (SELECT appeal_id FROM correction);
INSERT INTO amendment (appeal_id, n, amended_at, kind, category, district, street, urgent)
SELECT appeal_id, row_number() OVER (PARTITION BY appeal_id ORDER BY amended_at),
       amended_at, kind, category, district, street, urgent
FROM correction
"""


def upgrade() -> None:
    op.execute(CORRECTIONS)
    op.execute(NUMBERED_ANEW)


def downgrade() -> None:
    """Keep the corrections: they are true."""
