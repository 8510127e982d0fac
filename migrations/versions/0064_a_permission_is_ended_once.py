"""A permission to see restricted appeals is ended once, never rewritten and never deleted."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

ENDED_ONCE = """
CREATE FUNCTION refuse_changed_permission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL
        AND to_jsonb(OLD) - '{ended_by,ended_at,why_ended}'::text[]
          = to_jsonb(NEW) - '{ended_by,ended_at,why_ended}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a permission is ended once and never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_permission_is_ended_once BEFORE UPDATE OR DELETE ON restricted_permission
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_permission();
"""


def upgrade() -> None:
    op.execute(ENDED_ONCE)


def downgrade() -> None:
    op.execute("DROP TRIGGER a_permission_is_ended_once ON restricted_permission")
    op.execute("DROP FUNCTION refuse_changed_permission()")
