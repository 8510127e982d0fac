"""Thousands at once are written exactly as one by one: the same histories, the same rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History, PlayedHistory
from appeals.casework.handling.filing import file_appeal
from appeals.casework.handling.moves import make_move
from appeals.database import Base
from appeals.domain.filing import Filing
from appeals.domain.lifecycle import MOVES, MoveRule, list_open_moves
from appeals.domain.people import STRANGER, SYSTEM
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleBook
from appeals.domain.states import Action
from appeals.domain.vocabulary import Kind
from appeals.models.appeal import Appeal, Statement
from appeals.models.appeal import Move as MoveRow
from appeals.models.handling import CASE_LISTS
from appeals.models.notice import Notice
from appeals.models.report import DirtyMonth
from tests.casework.reading import link_of
from tests.cast import CAST, ROADS, WATER
from tests.factories import a_filing, given_for

ACTORS = (STRANGER, *CAST.values(), SYSTEM)
APART = {
    "id",
    "number",
    "salt",
    "committed",
    "row_hash",
    "head_hmac",
    "form_key_hash",
    "form_digest",
    "code_hash",
}
"""What may differ: ids, salts, hashes and codes."""
PICK = st.tuples(
    st.integers(0, 40), st.integers(0, 50), st.integers(0, 59), st.sampled_from([ROADS, WATER])
)
FACTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([Kind.COMPLAINT, Kind.CONSULTATION, Kind.REPORT]),
        "category": st.sampled_from(["urban.noise", "water.burst", "water"]),
        "street": st.sampled_from(["370202001", None]),
        "detail": st.sampled_from(["夜里\t施工\n\\还在继续。", "a"]),
    }
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FACTS, st.lists(PICK, max_size=16))
def test_a_history_in_bulk_gives_the_rows_of_the_same_moves_one_by_one(
    act: Act, facts: dict[str, object], picks: list[tuple[int, int, int, str]]
) -> None:
    with act.session.begin_nested() as example:
        history = a_history(act, a_filing(**facts), picks)
        single = one_by_one(act, history)
        marked = months(act)
        act.session.execute(sa.delete(DirtyMonth))
        bulk = BulkWriter(act)
        bulk.write_histories([bulk.play_history(history)])
        in_bulk = act.session.scalar(sa.select(sa.func.max(Appeal.id))) or 0
        assert in_bulk > single
        assert rows_of(act, in_bulk) == rows_of(act, single)
        assert months(act) == marked
        check_links(act, in_bulk)
        assert not act.session.scalar(sa.select(Notice.id).where(Notice.appeal_id == in_bulk))
        act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        example.rollback()
        act.session.expire_all()


def test_a_move_that_the_rules_forbid_is_refused_in_bulk_too(act: Act) -> None:
    history = History(a_filing(), MoveRequest(Action.FILE, {}, act.now, STRANGER))
    with pytest.raises(Refused):
        BulkWriter(act).play_history(
            replace(history, moves=(MoveRequest(Action.SIGN, {}, act.now),))
        )
    with pytest.raises(Refused):
        BulkWriter(act).play_history(
            replace(history, moves=(MoveRequest(Action.ACCEPT, {}, act.now, STRANGER),))
        )
    back = MoveRequest(Action.ACCEPT, {}, act.now - timedelta(seconds=1))
    with pytest.raises(Refused):
        BulkWriter(act).play_history(replace(history, moves=(back,)))


def a_history(act: Act, filing: Filing, picks: Sequence[tuple[int, int, int, str]]) -> History:
    """Walk over the legal moves as the picks say; a move that is refused is left out."""
    bulk = BulkWriter(act)
    history = History(filing, MoveRequest(Action.FILE, {}, act.now, STRANGER))
    at = act.now
    for choice, hours, minutes, department in picks:
        at += timedelta(hours=hours, minutes=minutes)
        step = a_step(bulk.play_history(history), choice, at, department, bulk.city.book)
        tried = replace(history, moves=(*history.moves, step))
        try:
            bulk.play_history(tried)
        except Refused:
            continue
        history = tried
    return history


def a_step(
    so_far: PlayedHistory, choice: int, at: datetime, department: str, book: RuleBook
) -> MoveRequest:
    case = so_far.case
    legal = [
        move
        for move in MOVES[1:]
        if any(move in list_open_moves(case, actor.role, at, book) for actor in ACTORS)
    ]
    onward = [move for move in legal if move.to] or legal
    move: MoveRule = (onward if choice % 3 else legal)[
        choice % len(onward if choice % 3 else legal)
    ]
    actor = next((a for a in ACTORS if a.role in move.by), SYSTEM)
    more = {"department": department} if "department" in move.needs else {}
    if move.action is Action.AMEND:
        more = {"category": "water", "district": "370203"}
    return MoveRequest(move.action, given_for(move, **more), at, actor)


def one_by_one(act: Act, history: History) -> int:
    filed = history.filed
    receipt = file_appeal(act.by(filed.actor).at(filed.at), history.filing, "the form of the test")
    for step in history.moves:
        make_move(act.by(step.actor).at(step.at), receipt.appeal, step.action, step.given)
    act.session.flush()  # the rows are read below
    return receipt.appeal.id


def rows_of(act: Act, appeal_id: int) -> dict[str, list[dict[str, object]]]:
    """Give every row of the appeal without what may differ."""
    names = ("statement", "routing_reason", "move", *(t.__tablename__ for _, t, _ in CASE_LISTS))
    appeal = Base.metadata.tables["appeal"]
    found = {"appeal": act.session.execute(sa.select(appeal).where(appeal.c.id == appeal_id))}
    for name in names:
        table = Base.metadata.tables[name]
        query = sa.select(table).where(table.c.appeal_id == appeal_id)
        found[name] = act.session.execute(query.order_by(*table.primary_key))
    return {
        name: [
            {key: value for key, value in row.items() if key not in APART | {"appeal_id"}}
            for row in rows.mappings()
        ]
        for name, rows in found.items()
    }


def months(act: Act) -> set[object]:
    return set(act.session.scalars(sa.select(DirtyMonth.month)))


def check_links(act: Act, appeal_id: int) -> None:
    link, stated = (
        hash_chain.NO_LINK,
        hash_chain.statement_text(act.session.get_one(Statement, appeal_id)),
    )
    query = sa.select(MoveRow).where(MoveRow.appeal_id == appeal_id).order_by(MoveRow.seq)
    for each in act.session.scalars(query):
        words = stated if each.seq == 1 else each.words
        assert each.committed == hash_chain.make_commitment(words, each.salt)
        link = link_of(act.secret, link, each)
        assert each.row_hash == link
