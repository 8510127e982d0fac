"""A move keeps the commitment to its words, so that the chain holds when the words are erased."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GUARD = """
CREATE OR REPLACE FUNCTION refuse_changed_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {comment}
    IF TG_OP = 'UPDATE' AND {erased} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a recorded move never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
BEFORE = GUARD.format(
    comment="-- Erasing a citizen's words is the one change that a move allows: "
    "they are only committed to.",
    erased="NEW.words IS NULL\n       AND to_jsonb(NEW) - 'words' = to_jsonb(OLD) - 'words'",
)
AFTER = GUARD.format(
    comment="-- The one change is the erasure: words and salt go together, or the words "
    "could be guessed.",
    erased="NEW.words IS NULL AND NEW.salt = ''\n"
    "       AND to_jsonb(NEW) - '{words,salt}'::text[] = to_jsonb(OLD) - '{words,salt}'::text[]",
)
COMMIT = """
UPDATE move SET committed = encode(sha256(salt || convert_to(words, 'UTF8')), 'hex')
WHERE words <> ''
"""


def upgrade() -> None:
    op.add_column("move", sa.Column("committed", sa.Text(), server_default="", nullable=False))
    op.execute("ALTER TABLE move DISABLE TRIGGER a_move_never_changes")
    op.execute(COMMIT)
    op.execute("ALTER TABLE move ENABLE TRIGGER a_move_never_changes")
    op.alter_column("move", "committed", server_default=None)
    op.execute(AFTER)


def downgrade() -> None:
    op.execute(BEFORE)
    op.drop_column("move", "committed")
