"""The centre promises to decide on a return that was asked: a duty with its limits (Rules 2).

The duty holds from half an hour from now where there are moves: until then processes of the release
before still run. A city that is installed gets the limits; a new one takes them from its file. No
deadline is locked while it is read for the widened CHECK: it is added NOT VALID and then validated,
which can be repeated if it was interrupted.
"""

from alembic import op

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

DUTIES = ("dispatch", "sign", "return", "contact", "finish", "review", "follow_up", "rating")
BEGIN = """
INSERT INTO rule_change (name, since)
SELECT 'return_decision', CASE WHEN EXISTS (SELECT FROM move)
    THEN now() + interval '30 minutes' ELSE '1900-01-01 00:00Z' END
ON CONFLICT (name) DO NOTHING
"""
LIMITS = """
INSERT INTO limit_of_duty (duty, urgent, investigation, amount, unit, valid_from)
SELECT 'return_decision', limits.urgent, false, limits.amount, limits.unit, '2007-01-01 00:00+08'
FROM (VALUES (false, 1, 'working_days'), (true, 240, 'minutes')) AS limits (urgent, amount, unit)
WHERE EXISTS (SELECT FROM limit_of_duty)
    AND NOT EXISTS (SELECT FROM limit_of_duty WHERE duty = 'return_decision')
"""


def upgrade() -> None:
    _allow((*DUTIES, "return_decision"))
    op.execute(BEGIN)
    op.execute(LIMITS)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE deadline VALIDATE CONSTRAINT ck_deadline_duty")


def downgrade() -> None:
    op.execute("DELETE FROM rule_change WHERE name = 'return_decision'")
    op.execute("DELETE FROM limit_of_duty WHERE duty = 'return_decision'")
    op.execute("DELETE FROM deadline WHERE duty = 'return_decision'")
    _allow(DUTIES)


def _allow(duties: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE deadline DROP CONSTRAINT ck_deadline_duty")
    allowed = ", ".join(f"'{duty}'" for duty in duties)
    op.execute(
        f"ALTER TABLE deadline ADD CONSTRAINT ck_deadline_duty CHECK (duty IN ({allowed})) "
        "NOT VALID"
    )
