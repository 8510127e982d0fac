"""Any of the cast tries any action at any time; what must always hold, holds on the real rows."""

from datetime import timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appeals.act import Act
from appeals.cases import hash_chain
from appeals.cases.case_rows import load_case
from appeals.casework.handling.moves import make_move
from appeals.domain.case import Case
from appeals.domain.lifecycle import MOVES, MoveRule, list_open_moves
from appeals.domain.people import STRANGER
from appeals.domain.refusals import Refused
from appeals.domain.states import WITH_DEPARTMENT, State
from appeals.domain.vocabulary import Duty
from appeals.models import appeal as rows
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice
from appeals.reference.reference_data import load_reference
from tests.casework.reading import link_of
from tests.cast import CAST, ROADS, WATER
from tests.factories import file_appeal, given_for

ACTORS = (STRANGER, *CAST.values())
STEP = st.tuples(
    st.sampled_from(MOVES[1:]),
    st.integers(0, 72),
    st.booleans(),
    st.sampled_from([ROADS, WATER]),
)
OURS = WITH_DEPARTMENT | {State.RETURN_ASKED, State.ANSWERED}


def wanted(case: Case, step: MoveRule, act: Act, *, likely: bool) -> MoveRule:
    """Take the next legal move for some of the steps, so that the walk gets somewhere."""
    book = load_reference(act).book
    legal = [m for actor in ACTORS for m in list_open_moves(case, actor.role, act.now, book)]
    legal = [m for m in legal if m.to] or legal
    return legal[MOVES.index(step) % len(legal)] if likely and legal else step


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=5, max_size=14))
def test_whatever_happens_the_rows_tell_one_true_story(
    act: Act, steps: list[tuple[MoveRule, int, bool, str]]
) -> None:
    with act.session.begin_nested() as example:
        appeal = file_appeal(act).appeal
        for step, hours, likely, department in steps:
            act = act.later(timedelta(hours=hours, seconds=1))
            act.session.flush()  # the case is read from the rows
            case = load_case(act, appeal.id)
            move = wanted(case, step, act, likely=likely)
            actor = next((a for a in ACTORS if a.role in move.by), STRANGER)
            more = {"department": department} if "department" in move.needs else {}
            before = appeal.moves_made
            try:
                with act.session.begin_nested():
                    make_move(act.by(actor), appeal, move.action, given_for(move, **more))
            except Refused:
                act.session.refresh(appeal)
                assert appeal.moves_made == before
        act.session.flush()  # the invariants read the rows
        check_promises(load_case(act, appeal.id))
        check_history(act, appeal)
        example.rollback()


def check_promises(case: Case) -> None:
    """Hold the invariants of promises: who works has a clock, and who is done has none."""
    running = [each for each in case.deadlines if each.is_running]
    finishes = [each for each in running if each.duty is Duty.FINISH]
    working = [each for each in running if each.duty is not Duty.RATING]
    if case.state in OURS:
        assert len(finishes) == 1
        assert finishes[0].department == case.holder
    if case.state.is_open:
        assert working
    if case.state in {State.WITHDRAWN, State.NOT_ACCEPTED, State.ANSWERED_ON_SPOT}:
        assert not running
    assert sum(each.until_at is None for each in case.rounds) == 1
    for each in case.rounds:
        assert each.closed_at is None or each.answered_at is not None


def check_history(act: Act, appeal: Appeal) -> None:
    """Hold that moves have no gap, lead to the state, and are linked; each cause told once."""
    moves = act.session.scalars(
        sa.select(rows.Move).where(rows.Move.appeal_id == appeal.id).order_by(rows.Move.seq)
    ).all()
    assert [each.seq for each in moves] == list(range(1, appeal.moves_made + 1))
    assert moves[-1].to_state is appeal.state
    statement = act.session.get_one(rows.Statement, appeal.id)
    link = hash_chain.NO_LINK
    for each in moves:
        words = hash_chain.statement_text(statement) if each.seq == 1 else each.words
        assert each.committed == hash_chain.make_commitment(words, each.salt)
        link = link_of(act.secret, link, each)
        assert each.row_hash == link
    assert appeal.head_hmac == hash_chain.make_head_hmac(act.secret, appeal.id, len(moves), link)
    told = act.session.scalars(sa.select(Notice).where(Notice.appeal_id == appeal.id)).all()
    assert len(told) == len({(each.cause, each.kind, each.recipient) for each in told})
