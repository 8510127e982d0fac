"""Guards in the database: a recorded move and a published edition never change."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOVES = """
CREATE FUNCTION refuse_changed_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Erasing a citizen's words is the one change that a move allows: they are only committed to.
    IF TG_OP = 'UPDATE' AND NEW.words IS NULL
       AND to_jsonb(NEW) - 'words' = to_jsonb(OLD) - 'words' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a recorded move never changes'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER a_move_never_changes BEFORE UPDATE OR DELETE ON move
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_move();
"""

EDITIONS = """
CREATE FUNCTION refuse_changed_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.edition IS NOT NULL THEN
        RAISE EXCEPTION 'a published edition never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER an_edition_never_changes BEFORE UPDATE OR DELETE ON report
    FOR EACH ROW EXECUTE FUNCTION refuse_changed_edition();

CREATE FUNCTION refuse_changed_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM touched JOIN report ON report.id = touched.report_id
               WHERE report.edition IS NOT NULL) THEN
        RAISE EXCEPTION 'a published figure never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER a_figure_is_not_added AFTER INSERT ON figure
    REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed_figures();
CREATE TRIGGER a_figure_is_not_changed AFTER UPDATE ON figure
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed_figures();
CREATE TRIGGER a_figure_is_not_removed AFTER DELETE ON figure
    REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed_figures();
"""


def upgrade() -> None:
    op.execute(MOVES)
    op.execute(EDITIONS)


def downgrade() -> None:
    for trigger in ("a_figure_is_not_removed", "a_figure_is_not_changed", "a_figure_is_not_added"):
        op.execute(f"DROP TRIGGER {trigger} ON figure")
    op.execute("DROP TRIGGER an_edition_never_changes ON report")
    op.execute("DROP TRIGGER a_move_never_changes ON move")
    for function in ("refuse_changed_figures", "refuse_changed_edition", "refuse_changed_move"):
        op.execute(f"DROP FUNCTION {function}()")
