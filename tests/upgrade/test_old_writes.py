"""A database of the release before is migrated, while its processes go on writing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.database import RELEASE, make_engine, make_session_factory
from appeals.domain.case import RecordedMove
from appeals.domain.people import SYSTEM, Role
from appeals.domain.states import Action, State
from appeals.models.appeal import ContactVersion, Move, Statement
from appeals.reporting.editions import editions
from tests.cast import SECRET, shanghai
from tests.upgrade.conftest import plain

Connection = psycopg.Connection[tuple[Any, ...]]
MOVE = """
INSERT INTO move (appeal_id, seq, action, to_state, at, actor_role, staff_id, department, facts,
                  words, salt, committed, row_hash)
VALUES (%(appeal_id)s, %(seq)s, %(action)s, %(to_state)s, %(at)s, %(actor_role)s, NULL, NULL,
        %(facts)s, NULL, '', '', %(row_hash)s)
"""
MOVED = """
UPDATE appeal SET state = %(to_state)s, moves_made = %(seq)s WHERE id = %(appeal_id)s
"""
RATING = """
UPDATE rating SET until_at = %(at)s
WHERE appeal_id = %(appeal_id)s AND round_n = 1 AND until_at IS NULL;
INSERT INTO rating (appeal_id, n, round_n, rated_at, solved, satisfaction)
SELECT %(appeal_id)s, count(*) + 1, 1, %(at)s, %(solved)s, %(satisfaction)s
FROM rating WHERE appeal_id = %(appeal_id)s;
UPDATE deadline SET ended_at = %(at)s
WHERE appeal_id = %(appeal_id)s AND duty = 'follow_up' AND ended_at IS NULL;
"""
TELEPHONE_WRITTEN = """
UPDATE statement SET contact_phone = %(telephone)s WHERE appeal_id = %(appeal_id)s;
UPDATE contact_version SET phone = %(telephone)s WHERE appeal_id = %(appeal_id)s
"""


@pytest.fixture
def act(migrated: str) -> Iterator[Act]:
    engine = make_engine(migrated, statement_seconds=0)
    with make_session_factory(engine)() as session:
        yield Act(session, SYSTEM, datetime.now(UTC), SECRET)
    engine.dispose()


def problems(act: Act) -> list[str]:
    act.session.rollback()  # another transaction sees what others wrote meanwhile
    return [each.sentence for found in verify_all_appeals(act) for each in found.problems]


def test_a_database_of_the_release_before_verifies_after_its_upgrade(act: Act) -> None:
    assert set(act.session.scalars(sa.select(Move.action).distinct())) >= {
        Action.ASK_RETURN, Action.RATE, Action.REHANDLE, Action.AMEND, Action.GRANT_EXTENSION,
    }  # fmt: skip
    assert problems(act) == []
    assert [finding.holds for finding in editions.verify_editions(act)] == [True]


def test_what_the_release_before_writes_after_the_upgrade_verifies(migrated: str, act: Act) -> None:
    """Its statements for a rating and for a request to return, without the newer columns."""
    closed, dispatched = an_appeal(act, State.CLOSED), an_appeal(act, State.DISPATCHED)
    first, second = shanghai("2026-03-18 10:00"), shanghai("2026-03-18 11:00")
    with psycopg.connect(plain(migrated)) as old:
        for at, solved, satisfaction in ((first, "no", "2"), (second, "yes", None)):
            rate(old, closed, at, solved, satisfaction)
        asked = shanghai("2026-03-06 13:00")
        write_move(old, dispatched, a_move(Action.ASK_RETURN, State.RETURN_ASKED, asked))
    assert problems(act) == []


@pytest.mark.parametrize("telephone", ["", "13900139000"])
def test_a_telephone_that_the_release_before_writes_leaves_no_other_beside_it(
    migrated: str, act: Act, telephone: str
) -> None:
    """Its statement to erase an appeal or to change it does not know the columns beside it."""
    told = {"phone_number": "+8613800138000", "phone_extension": "801"}
    appeal_id = act.session.scalar(sa.select(sa.func.min(Statement.appeal_id)))
    assert isinstance(appeal_id, int)
    contact = {"appeal_id": appeal_id, "move_seq": 1, "phone": "13800138000转801", **told}
    act.session.execute(sa.update(Statement).values(contact_phone="13800138000转801", **told))
    act.session.execute(sa.insert(ContactVersion).values(name="", email="", **contact))
    act.session.commit()
    with psycopg.connect(plain(migrated)) as old:
        for statement in TELEPHONE_WRITTEN.split(";"):
            old.execute(statement.encode(), {"appeal_id": appeal_id, "telephone": telephone})
    act.session.rollback()
    beside = [
        act.session.execute(
            sa.select(table.phone_number, table.phone_extension).where(table.appeal_id == appeal_id)
        ).one()
        for table in (Statement, ContactVersion)
    ]
    assert [tuple(row) for row in beside] == [(None, None)] * 2
    others = sa.select(Statement.phone_number).where(Statement.appeal_id != appeal_id).distinct()
    assert list(act.session.scalars(others)) == ["+8613800138000"]


def test_rows_loaded_by_hand_after_the_upgrade_stay_as_they_were(migrated: str, act: Act) -> None:
    """A client that names no release loads old moves after their dispatches: nothing is undone."""
    with psycopg.connect(plain(migrated)) as connection:
        connection.execute("CREATE TEMPORARY TABLE loaded AS TABLE move")
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM move")
        connection.execute("SET session_replication_role = origin")
        connection.execute("INSERT INTO move SELECT * FROM loaded ORDER BY appeal_id, seq")
    assert problems(act) == []


def test_what_todays_release_writes_is_left_alone_by_the_triggers(migrated: str) -> None:
    engine = make_engine(migrated)
    with engine.begin() as connection:
        rated = "UPDATE round SET rated_at = NULL, solved = NULL, satisfaction = NULL"
        connection.execute(sa.text(rated))
        connection.execute(
            sa.text(
                "INSERT INTO rating (appeal_id, n, round_n, rated_at, solved) "
                "SELECT min(id), 9, 1, now(), 'yes' FROM appeal"
            )
        )
        rounds = connection.scalar(sa.text("SELECT count(*) FROM round WHERE solved IS NOT NULL"))
    engine.dispose()
    assert rounds == 0


def test_a_compatibility_trigger_of_an_earlier_release_is_dropped(migrated: str) -> None:
    with psycopg.connect(plain(migrated)) as connection:
        names = connection.execute(
            r"SELECT tgname FROM pg_trigger WHERE tgname LIKE 'compatibility\_%'"
        ).fetchall()
    assert {int(name.split("_")[1]) for (name,) in names} <= {RELEASE}


def an_appeal(act: Act, state: State) -> int:
    """Return an appeal in the state that was never rated and whose return was never asked."""
    query = sa.text(
        "SELECT id FROM appeal WHERE state = :state AND NOT EXISTS (SELECT FROM move WHERE "
        "appeal_id = id AND action IN ('rate', 'follow_up', 'say_not_solved', 'ask_return')) "
        "ORDER BY id LIMIT 1"
    )
    found = act.session.scalar(query, {"state": state.value})
    assert isinstance(found, int)
    return found


def rate(
    old: Connection, appeal_id: int, at: datetime, solved: str, satisfaction: str | None
) -> None:
    told = {"solved": solved, **({"satisfaction": satisfaction} if satisfaction else {})}
    write_move(old, appeal_id, a_move(Action.RATE, State.CLOSED, at, **told))
    for statement in RATING.split(";\n")[:-1]:
        old.execute(
            statement.encode(), {"appeal_id": appeal_id, "at": at, "satisfaction": None, **told}
        )


def a_move(action: Action, state: State, at: datetime, **facts: str) -> RecordedMove:
    return RecordedMove(0, action, state, at, Role.SYSTEM, None, None, facts, None)


def write_move(old: Connection, appeal_id: int, made: RecordedMove) -> None:
    """Record a move after the appeal's last, sealed as every release does."""
    last = old.execute(
        "SELECT seq, row_hash FROM move WHERE appeal_id = %s ORDER BY seq DESC LIMIT 1", [appeal_id]
    ).fetchone()
    assert last
    made = replace(made, seq=last[0] + 1)
    old.execute(
        MOVE,
        {
            "appeal_id": appeal_id,
            "seq": made.seq,
            "action": made.action.value,
            "to_state": made.to_state.value,
            "at": made.at,
            "actor_role": made.actor_role.value,
            "facts": Jsonb(made.facts),
            "row_hash": hash_chain.make_plain_link(last[1], appeal_id, made, ""),
        },
    )
    moved = {"appeal_id": appeal_id, "seq": made.seq, "to_state": made.to_state.value}
    old.execute(MOVED, moved)
