"""What a migration writes into rows that were there before it."""

from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from alembic import command

from appeals.cases import hash_chain
from appeals.database import make_engine
from tests.migrations.test_migrations import alembic, database

__all__ = ["database"]  # the fixture

CITY = """
INSERT INTO category (code, zh, en, words, urgent, restricted)
VALUES ('noise', '噪音', 'Noise', '', false, false), ('water', '供水', 'Water', '', false, false)
"""
APPEAL = """
INSERT INTO appeal (id, number, state, moves_made, kind, category, channel, urgent, investigation,
                    confidential, publish, question_open, filed_at, code_generation, language)
VALUES (1, 'QD26-1', 'dispatched', :moves, 'help', 'water', 'web', true, false,
        false, false, false, '2026-03-02 01:00Z', 0, 'zh')
"""
MOVE = """
INSERT INTO move (appeal_id, seq, action, to_state, at, actor_role, facts, words, salt, row_hash)
VALUES (1, :seq, :action, 'dispatched', CAST('2026-03-02 01:00Z' AS timestamptz)
        + :seq * interval '1 hour', 'system', CAST(:facts AS jsonb), :words, :salt, '')
"""
AMENDMENT = """
INSERT INTO amendment (appeal_id, n, amended_at, kind, category, urgent)
VALUES (1, 1, '2026-03-02 03:00Z', 'help', 'noise', false),
       (1, 2, '2026-03-02 06:00Z', 'complaint', 'water', true)
"""
SEALED = MOVE.replace("salt, row_hash", "salt, committed, row_hash").replace(", '')", ", '', '')")
DEPARTMENT = """
INSERT INTO department (code, zh, en, tier) VALUES ('roads', '城管局', 'Roads', 'city')
"""
DISPATCHES = """
INSERT INTO round (appeal_id, n, opened_at, tries) VALUES (1, 1, '2026-03-02 01:00Z', 0);
INSERT INTO dispatch (appeal_id, n, round_n, department, sent_at)
SELECT 1, n, 1, 'roads', CAST('2026-03-02 01:00Z' AS timestamptz) + n * interval '1 hour'
FROM generate_series(1, 3) AS n
"""
HISTORY = [
    ("file", '{"urgent": "no"}', None),
    ("amend", '{"category": "water", "kind": "complaint"}', "说明"),
    ("dispatch", '{"urgent": "yes"}', ""),
    ("dispatch", '{"urgent": "yes"}', "紧急"),
    ("amend", '{"kind": "help"}', None),
]


def stored(url: str, query: str) -> Sequence[sa.Row[tuple[object, ...]]]:
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text(query)).all()
    engine.dispose()
    return rows


def insert_appeal(url: str) -> None:
    """Put one appeal, its history and its two corrections, as revision 0005 wrote them."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(CITY))
        connection.execute(sa.text(APPEAL), {"moves": len(HISTORY)})
        for seq, (action, facts, words) in enumerate(HISTORY, start=1):
            move = {"seq": seq, "action": action, "facts": facts, "words": words}
            connection.execute(sa.text(MOVE), {**move, "salt": bytes([seq] * 16)})
        connection.execute(sa.text(AMENDMENT))
    engine.dispose()


def test_the_commitments_of_recorded_words_are_computed(database: str) -> None:
    command.upgrade(alembic(database), "0005")
    insert_appeal(database)
    command.upgrade(alembic(database), "0006")
    rows = stored(database, "SELECT words, salt, committed FROM move ORDER BY seq")
    assert [row.committed for row in rows] == [
        hash_chain.make_commitment(row.words, bytes(row.salt)) for row in rows
    ]
    assert [bool(row.committed) for row in rows] == [False, True, False, True, False]


def test_an_urgency_set_at_a_dispatch_becomes_a_correction_in_its_place(database: str) -> None:
    command.upgrade(alembic(database), "0008")
    command.downgrade(alembic(database), "0005")
    insert_appeal(database)
    command.upgrade(alembic(database), "0009")
    rows = stored(
        database,
        "SELECT n, extract(hour FROM amended_at)::int, kind, category, urgent "
        "FROM amendment ORDER BY n",
    )
    assert [list(row) for row in rows] == [
        [1, 3, "help", "noise", False],
        [2, 4, "complaint", "water", False],
        [3, 6, "complaint", "water", True],
    ]


RETURNS = [
    ("file", "{}", None),
    ("dispatch", "{}", None),
    ("ask_return", "{}", "不属于本单位"),
    ("refuse_return", "{}", "属于"),
    ("ask_return", "{}", "确实不属于"),
    ("grant_return", "{}", None),
    ("ask_return", "{}", "也不属于"),
]


def test_a_dispatch_learns_when_its_return_was_last_asked(database: str) -> None:
    command.upgrade(alembic(database), "0020")
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(sa.text(CITY))
        connection.execute(sa.text(DEPARTMENT))
        connection.execute(sa.text(APPEAL), {"moves": len(RETURNS)})
        for seq, (action, facts, words) in enumerate(RETURNS, start=1):
            move = {"seq": seq, "action": action, "facts": facts, "words": words}
            connection.execute(sa.text(SEALED), {**move, "salt": bytes([seq] * 16)})
        connection.execute(sa.text(DISPATCHES))
    engine.dispose()
    command.upgrade(alembic(database), "0021")
    rows = stored(
        database, "SELECT n, extract(hour FROM return_asked_at)::int FROM dispatch ORDER BY n"
    )
    assert [list(row) for row in rows] == [[1, 6], [2, 8], [3, None]]


RATED = """
INSERT INTO round (appeal_id, n, opened_at, tries)
VALUES (1, 1, '2026-03-02 01:00Z', 0), (1, 2, '2026-03-03 01:00Z', 0);
INSERT INTO rating (appeal_id, n, round_n, rated_at, solved, satisfaction, until_at)
VALUES (1, 1, 1, '2026-03-02 02:00Z', 'no', '2', '2026-03-02 03:00Z'),
       (1, 2, 1, '2026-03-02 03:00Z', 'yes', NULL, NULL)
"""


def test_a_round_learns_its_last_rating(database: str) -> None:
    command.upgrade(alembic(database), "0023")
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(sa.text(CITY))
        connection.execute(sa.text(APPEAL), {"moves": 1})
        move = {"seq": 1, "action": "file", "facts": "{}", "words": None, "salt": bytes(16)}
        connection.execute(sa.text(SEALED), move)
        connection.execute(sa.text(RATED))
    engine.dispose()
    command.upgrade(alembic(database), "0024")
    rows = stored(
        database,
        "SELECT extract(hour FROM rated_at)::int, solved, satisfaction FROM round ORDER BY n",
    )
    assert [list(row) for row in rows] == [[3, "yes", None], [None, None, None]]


SINCE = "SELECT name, since <= '1900-01-01 00:00Z', since > now() FROM rule_change"


def test_a_change_of_the_rules_holds_half_an_hour_after_it_came_to_a_database_with_moves(
    database: str,
) -> None:
    command.upgrade(alembic(database), "0024")
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(sa.text(CITY))
        connection.execute(sa.text(APPEAL), {"moves": 1})
        move = {"seq": 1, "action": "file", "facts": "{}", "words": None, "salt": bytes(16)}
        connection.execute(sa.text(SEALED), move)
    engine.dispose()
    command.upgrade(alembic(database), "0025")
    assert [list(row) for row in stored(database, SINCE)] == [["rating_versions", False, True]]


def test_a_change_of_the_rules_has_always_held_in_a_new_database(database: str) -> None:
    command.upgrade(alembic(database), "0025")
    assert [list(row) for row in stored(database, SINCE)] == [["rating_versions", True, False]]


DECISION_LIMITS = """
SELECT urgent, amount, unit FROM limit_of_duty WHERE duty = 'return_decision' ORDER BY urgent
"""
LIMIT = """
INSERT INTO limit_of_duty (duty, urgent, investigation, amount, unit, valid_from)
VALUES ('review', false, false, 1, 'working_days', '2007-01-01 00:00Z')
"""


@pytest.mark.parametrize(
    ("city", "expected"), [(LIMIT, [[False, 1, "working_days"], [True, 240, "minutes"]]), ("", [])]
)
def test_a_city_that_is_installed_gets_the_limits_of_a_decision_on_a_return(
    database: str, city: str, expected: list[list[object]]
) -> None:
    """A new city takes them from its file."""
    command.upgrade(alembic(database), "0095")
    if city:
        engine = make_engine(database)
        with engine.begin() as connection:
            connection.execute(sa.text(city))
        engine.dispose()
    command.upgrade(alembic(database), "0096")
    assert [list(row) for row in stored(database, DECISION_LIMITS)] == expected


HEARD = [
    ("file", "{}", None),
    ("follow_up", '{"outcome": "no_answer"}', None),
    ("follow_up", '{"outcome": "reached", "solved": "yes"}', None),
    ("rate", '{"solved": "no"}', None),
]
HEARD_AND_RATED = """
INSERT INTO round (appeal_id, n, opened_at, tries) VALUES (1, 1, '2026-03-02 01:00Z', 2);
INSERT INTO rating (appeal_id, n, round_n, rated_at, solved)
VALUES (1, 1, 1, '2026-03-02 04:00Z', 'yes'), (1, 2, 1, '2026-03-02 05:00Z', 'no')
"""


@pytest.mark.parametrize("written", ["before the migration", "by the release before"])
def test_a_rating_learns_whether_a_follow_up_heard_it(database: str, written: str) -> None:
    before = written == "before the migration"
    command.upgrade(alembic(database), "0028" if before else "0030")
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(sa.text(CITY))
        connection.execute(sa.text(APPEAL), {"moves": len(HEARD)})
        for seq, (action, facts, words) in enumerate(HEARD, start=1):
            move = {"seq": seq, "action": action, "facts": facts, "words": words}
            connection.execute(sa.text(SEALED), {**move, "salt": bytes([seq] * 16)})
        connection.execute(sa.text(HEARD_AND_RATED))
    engine.dispose()
    command.upgrade(alembic(database), "0030")
    rows = stored(database, "SELECT n, heard FROM rating ORDER BY n")
    assert {row.n: row.heard for row in rows} == {1: True, 2: False}
