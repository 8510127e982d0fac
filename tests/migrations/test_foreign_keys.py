"""Every foreign key has an index, or the reason why none is needed.

PostgreSQL makes no index for a foreign key. Without one, a page that goes from a row to those that
refer to it reads the whole table, and so does each deletion of the row.
"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from appeals.database import make_engine
from tests.migrations.test_migrations import at_head

__all__ = ["at_head"]  # the fixture

OF_AN_APPEAL = "the table's key begins with the appeal, and an appeal has a handful of such rows"
OF_THE_CITY = "departments, places, categories and rules are never deleted; counted as of a cut-off"
SMALL_TABLE = "the table has some hundred rows, read whole"
WHO_DID_IT = "staff and requests are never deleted; the pages go from this row to the person"
WITHOUT_INDEX = {
    "amendment (category)": OF_THE_CITY,
    "amendment (district)": OF_THE_CITY,
    "amendment (street)": OF_THE_CITY,
    "appeal (assignee)": "a person's cases are looked for among those their department holds",
    "appeal (category)": "lists read what a department holds; restricting a category reads all",
    "appeal (complained_department)": OF_THE_CITY,
    "appeal (district)": OF_THE_CITY,
    "appeal (id, moves_made, state)": "begins with the primary key",
    "area (parent_code)": SMALL_TABLE,
    "category (parent_code)": SMALL_TABLE,
    "change (request_id)": WHO_DID_IT,
    "change (staff_id)": WHO_DID_IT,
    "contact_try (appeal_id, dispatch_n)": OF_AN_APPEAL,
    "deadline (appeal_id, round_n)": OF_AN_APPEAL,
    "deadline (department)": OF_THE_CITY,
    "department (parent_code)": SMALL_TABLE,
    "department (successor_code)": SMALL_TABLE,
    "dispatch (appeal_id, round_n)": OF_AN_APPEAL,
    "display_pass (ended_by)": SMALL_TABLE,
    "display_pass (made_by)": SMALL_TABLE,
    "erasure (request_id)": WHO_DID_IT,
    "move (department)": OF_THE_CITY,
    "move (staff_id)": WHO_DID_IT,
    "rating (appeal_id, round_n)": OF_AN_APPEAL,
    "recount_request (asked_by)": WHO_DID_IT,
    "reply_template (changed_by)": WHO_DID_IT,
    "report (published_by)": WHO_DID_IT,
    "report (reviewed_by)": WHO_DID_IT,
    "report_comment (staff_id)": WHO_DID_IT,
    "restricted_permission (ended_by)": WHO_DID_IT,
    "reversal (appeal_id, round_n)": OF_AN_APPEAL,
    "routing_reason (department)": OF_THE_CITY,
    "routing_reason (rule_id)": OF_THE_CITY,
    "routing_rule (category)": SMALL_TABLE,
    "routing_rule (department_code)": SMALL_TABLE,
    "routing_rule (district)": SMALL_TABLE,
    "routing_rule (street)": SMALL_TABLE,
    "staff_absence (recorded_by)": WHO_DID_IT,
    "staff_request (asked_by)": WHO_DID_IT,
    "staff_request (decided_by)": WHO_DID_IT,
}
"""Foreign keys that no page and no deletion walks from the row referred to, with the reason."""

KEYS = sa.text(
    """
    SELECT con.conrelid::regclass::text, att.names,
        EXISTS (
            SELECT 1 FROM pg_index ind
            WHERE ind.indrelid = con.conrelid AND ind.indisvalid
            AND (ind.indkey::smallint[])[0:cardinality(con.conkey) - 1] @> con.conkey
            AND (
                ind.indpred IS NULL
                OR pg_get_expr(ind.indpred, ind.indrelid) = format('(%s IS NOT NULL)', att.names)
            )
        )
    FROM pg_constraint con
    CROSS JOIN LATERAL (
        SELECT string_agg(a.attname, ', ' ORDER BY k.place) AS names
        FROM unnest(con.conkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number
    ) att
    WHERE con.contype = 'f' AND con.connamespace = 'public'::regnamespace
    ORDER BY 1, 2
    """
)
"""Each foreign key: its table, its columns, and whether an index begins with them in any order."""


def find_keys_without_index(connection: sa.Connection) -> set[str]:
    rows = connection.execute(KEYS).all()
    assert len(rows) > 20
    return {f"{table} ({columns})" for table, columns, has_index in rows if not has_index}


@pytest.fixture
def connection(at_head: str) -> Iterator[sa.Connection]:
    """Give a connection to a database of the newest schema; what it does is rolled back."""
    engine = make_engine(at_head)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_a_foreign_key_has_an_index_or_the_reason_why_none_is_needed(
    connection: sa.Connection,
) -> None:
    assert sorted(find_keys_without_index(connection)) == sorted(WITHOUT_INDEX)


PLANTED = {
    "none": ("", True),
    "one that begins with another column": ("CREATE INDEX ON planted (at, appeal_id)", True),
    "one of some rows": ("CREATE INDEX ON planted (appeal_id) WHERE at > 1", True),
    "one of all rows that refer": (
        "CREATE INDEX ON planted (appeal_id) WHERE appeal_id IS NOT NULL",
        False,
    ),
    "one that begins with it": ("CREATE INDEX ON planted (appeal_id, at)", False),
}


@pytest.mark.parametrize(("index", "is_found"), PLANTED.values(), ids=PLANTED)
def test_a_planted_key_without_an_index_is_found(
    connection: sa.Connection, index: str, *, is_found: bool
) -> None:
    connection.execute(
        sa.text("CREATE TABLE planted (appeal_id bigint REFERENCES appeal, at integer)")
    )
    if index:
        connection.execute(sa.text(index))
    assert ("planted (appeal_id)" in find_keys_without_index(connection)) is is_found
