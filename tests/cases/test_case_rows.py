"""A case loaded from its rows is the case that was played, for one appeal and for many."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.cases.case_rows import MOVE_COLUMNS, load_case, load_cases
from appeals.cases.driver import replay_moves
from appeals.domain.case import RecordedMove
from appeals.domain.states import Action, State
from appeals.models.appeal import Move
from appeals.models.handling import CASE_LISTS
from appeals.reference.reference_data import load_reference
from tests.factories import appeal_in, later, played

TABLES = {table.__tablename__ for _, table, _ in CASE_LISTS}
STATES = (State.FILED, State.DISPATCHED, State.RETURN_ASKED, State.CLOSED, State.WITHDRAWN)


@contextmanager
def tables_written(session: Session) -> Iterator[set[str]]:
    """Collect the tables that are inserted into or updated."""
    found = set[str]()
    connection = session.connection()

    def collect(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if match := re.match(r"(?:INSERT INTO|UPDATE) (\w+)", statement):
            found.add(match[1])

    sa.event.listen(connection, "before_cursor_execute", collect)
    try:
        yield found
        session.flush()
    finally:
        sa.event.remove(connection, "before_cursor_execute", collect)


def test_many_cases_are_loaded_each_as_its_moves_play_it(act: Act) -> None:
    appeals = [appeal_in(act, state) for state in STATES]
    act.session.flush()
    book = load_reference(act).book
    cases = load_cases(act, [appeal.id for appeal in appeals])
    assert [cases[appeal.id].state for appeal in appeals] == list(STATES)
    for appeal in appeals:
        rows = act.session.scalars(
            sa.select(Move).where(Move.appeal_id == appeal.id).order_by(Move.seq)
        )
        moves = [
            RecordedMove(**{name: getattr(row, name) for name in MOVE_COLUMNS}) for row in rows
        ]
        assert cases[appeal.id] == replay_moves(moves, book)


@pytest.mark.parametrize(
    ("state", "action", "written"),
    [
        (State.SIGNED, Action.NOTE, set()),
        (State.DISPATCHED, Action.SIGN, {"dispatch", "deadline"}),
        (State.CLOSED, Action.RATE, {"round", "deadline", "rating"}),
    ],
)
def test_a_move_writes_the_tables_that_it_changes(
    act: Act, state: State, action: Action, written: set[str]
) -> None:
    appeal = appeal_in(act, state)
    act.session.flush()
    with tables_written(act.session) as found:
        played(later(act, 12), appeal, action)
    assert found & TABLES == written
    assert {"appeal", "move"} <= found
    assert load_case(act, appeal.id).state is appeal.state
