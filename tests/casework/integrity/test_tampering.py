"""Every column that moves determine, changed in turn in one of three like appeals: it is named."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.database import Base
from appeals.domain.people import SYSTEM
from appeals.domain.states import Action
from appeals.models.appeal import Appeal
from appeals.models.handling import CASE_COLUMNS, CASE_LISTS, field_names
from tests.cast import ROADS, WATER
from tests.factories import CALLER, a_filing

A = Action
Lived = Sequence[tuple[Action, dict[str, str]]]
COMMON: Lived = (
    (A.ACCEPT, {}), (A.DISPATCH, {"department": ROADS}), (A.SIGN, {}),
    (A.ASK_RETURN, {"reason": "not_our_duty", "words": "Not ours."}),
    (A.GRANT_RETURN, {"department": WATER}), (A.SIGN, {}), (A.ASSIGN, {"officer": "3"}),
    (A.CONTACT, {"how": "phone"}), (A.ANSWER, {"result": "solved", "words": "Done."}),
    (A.SEND_BACK, {"words": "Not yet."}), (A.ANSWER, {"result": "solved", "words": "Done."}),
    (A.CLOSE, {}), (A.RATE, {"solved": "yes", "satisfaction": "3"}),
    (A.SAY_NOT_SOLVED, {"words": "No."}), (A.REHANDLE, {"department": ROADS}), (A.SIGN, {}),
    (A.CONTACT, {"how": "visit"}), (A.ANSWER, {"result": "partly", "words": "Done."}),
    (A.CLOSE, {}),
    (A.FOLLOW_UP, {"outcome": "reached", "solved": "yes", "satisfaction": "4"}),
)  # fmt: skip
RARE: Lived = (
    (A.ACCEPT, {}), (A.AMEND, {"kind": "report", "category": "water", "words": "Rather this."}),
    (A.DISPATCH, {"department": ROADS, "investigation": "yes"}), (A.RECALL, {"words": "Wrong."}),
    (A.DISPATCH, {"department": WATER}), (A.SIGN, {}), (A.NEW_CODE, {"words": "Lost.", **CALLER}),
    (A.ASK_EXTENSION, {"days": "3", "words": "Much to do."}), (A.GRANT_EXTENSION, {}),
    (A.CONTACT, {"how": "phone"}), (A.ASK_CITIZEN, {"words": "Where?"}),
)  # fmt: skip
LIVES = {"common": COMMON, "rare": RARE}
OF_MOVE = (
    "seq", "action", "to_state", "at", "actor_role", "staff_id", "department", "facts", "words",
    "salt", "committed", "link_version", "row_hash",
)  # fmt: skip
TABLES = {
    "appeal": ("channel", "moves_made", "head_hmac", *CASE_COLUMNS),
    "statement": hash_chain.STATEMENT_COLUMNS,
    "move": OF_MOVE,
    **{table.__tablename__: field_names(items) for _, table, items in CASE_LISTS},
}


def three(act: Act, lived: Lived) -> list[int]:
    """Write three appeals that went the same way, a week apart."""
    bulk = BulkWriter(act)
    for week in range(3):
        at = act.now + timedelta(weeks=week)
        steps = [
            MoveRequest(action, given, at + timedelta(minutes=20 * hour))
            for hour, (action, given) in enumerate(lived, start=1)
        ]
        bulk.write_histories(
            [bulk.play_history(History(a_filing(), MoveRequest(A.FILE, {}, at, SYSTEM), steps))]
        )
    return list(act.session.scalars(sa.select(Appeal.id).order_by(Appeal.id)))


def find_problem_numbers(act: Act) -> set[str]:
    return {each.number for checked in verify_all_appeals(act) for each in checked.problems}


def others(column: "sa.Column[object]", name: str) -> Iterator[str]:
    """Give SQL of what else the column could hold; :like is another appeal's id."""
    if isinstance(column.type, sa.Enum):
        yield from (f"'{value}'" for value in column.type.enums[:2])
    elif isinstance(column.type, sa.DateTime):
        yield f"{name} + interval '1 second'"
        yield "timestamptz '9999-12-31 12:00Z'"
        yield "(SELECT max(at) FROM move WHERE appeal_id = :it)"
        yield "(SELECT min(at) FROM move WHERE appeal_id = :it)"
        yield "(SELECT max(at) FROM move WHERE appeal_id = :like)"
    elif isinstance(column.type, sa.Boolean):
        yield f"NOT {name}"
    elif isinstance(column.type, sa.LargeBinary):
        yield "'\\x00'"
    elif isinstance(column.type, sa.Integer):
        yield f"coalesce({name}, 0) + 100"
        yield f"coalesce({name}, 0) - 200"
    elif name == "facts":
        yield 'facts || \'{"a": "b"}\''
    else:
        yield from (f"'{text}'" for text in (ROADS, "water", "370203", "days"))
    if column.nullable:
        yield "NULL"


def rows(act: Act, table: str, it: int) -> list[str]:
    """Give the first and the last row of the appeal, as conditions; of moves, one with words."""
    if table in ("appeal", "statement"):
        return [f"{'id' if table == 'appeal' else 'appeal_id'} = {it}"]
    by = "seq" if table == "move" else "n"
    own = f"FROM {table} WHERE appeal_id = {it}"
    queries = [f"SELECT min({by}) {own}", f"SELECT max({by}) {own}"]
    if table == "move":
        queries = [f"SELECT max(seq) {own} AND words IS NOT NULL"]
    numbers = [act.session.scalar(sa.text(query)) for query in queries]
    return [f"appeal_id = {it} AND {by} = {number}" for number in numbers if number]


@pytest.mark.parametrize("life", LIVES)
@pytest.mark.parametrize("table", TABLES)
def test_a_column_changed_by_hand_is_found(act: Act, life: str, table: str) -> None:
    ids = three(act, LIVES[life])
    assert find_problem_numbers(act) == set()
    number = act.session.get_one(Appeal, ids[-1]).number
    where = rows(act, table, ids[-1])
    for name in TABLES[table]:
        column = Base.metadata.tables[table].c[name]
        changes = [
            f"UPDATE {table} SET {name} = {other} WHERE {row} AND {name} IS DISTINCT FROM {other}"  # noqa: S608 - the test's own
            for row in where
            for other in others(column, name)
        ]
        named = [change for change in changes if is_named(act, number, change, ids)]
        assert named or not where, name


def is_named(act: Act, number: str, change: str, ids: Sequence[int]) -> bool:
    """Make the change, see that the appeal is named, and take it back; tell if it was one."""
    with act.session.begin_nested() as tampering:
        act.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        done = act.session.execute(sa.text(change), {"it": ids[-1], "like": ids[0]})
        assert isinstance(done, sa.CursorResult)
        changed = done.rowcount > 0
        if changed:
            assert find_problem_numbers(act) == {number}, change
        tampering.rollback()
    return changed
