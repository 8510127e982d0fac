"""The centre takes its own mistake back (Rules 3)."""

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.domain.case import Case
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty, NoticeKind
from appeals.models.appeal import Appeal
from appeals.models.notice import Notice
from tests.casework.handling.test_rule_changes import CHANGED, begin, problems
from tests.cast import shanghai
from tests.factories import appeal_in, later, played

RETURNS_TO = {
    State.NOT_ACCEPTED: (State.FILED, {Duty.DISPATCH}),
    State.ANSWERED_ON_SPOT: (State.ACCEPTED, {Duty.DISPATCH}),
    State.CLOSED: (State.ANSWERED, {Duty.REVIEW, Duty.FINISH}),
}
"""Where each returns to, and which promises run then."""


def case_of(act: Act, appeal: Appeal) -> Case:
    act.session.flush()  # the case is read as it is stored
    return load_case(act, appeal.id)


@pytest.mark.parametrize("state", RETURNS_TO)
def test_a_decision_taken_back_goes_on_where_it_was_made(act: Act, state: State) -> None:
    appeal = appeal_in(act, state)
    played(later(act, 20), appeal, Action.REVERSE)
    case, (to, promises) = case_of(act, appeal), RETURNS_TO[state]
    assert case.state is to
    assert {each.duty for each in case.deadlines if each.is_running} == promises
    assert [each.taken_back for each in case.reversals] == [state]
    assert (case.not_accepted_at, case.answered_on_spot_at, case.round.closed_at) == (None,) * 3
    told = sa.select(Notice.recipient).where(Notice.kind == NoticeKind.REVERSED)
    assert "wang@example.org" in act.session.scalars(told).all()
    assert problems(act) == []


def test_a_closing_taken_back_keeps_its_finish_date_and_is_closed_anew(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    due = case_of(act, appeal).round.original_due_at
    played(later(act, 20), appeal, Action.FOLLOW_UP)
    played(later(act, 21), appeal, Action.REVERSE)
    played(later(act, 22), appeal, Action.SEND_BACK)
    played(later(act, 23), appeal, Action.ANSWER)
    played(later(act, 24), appeal, Action.CLOSE)
    case = case_of(act, appeal)
    finishes = [each for each in case.deadlines if each.duty is Duty.FINISH]
    assert [(each.due_at, each.met_at) for each in finishes] == [(due, later(act, 23).now)]
    assert (case.round.n, case.round.tries, case.round.tried_at) == (1, 0, None)
    assert case.round.closed_at == later(act, 24).now
    assert case.running(Duty.FOLLOW_UP) is not None
    assert problems(act) == []


@pytest.mark.parametrize("state", RETURNS_TO)
def test_a_decision_is_taken_back_within_five_working_days_only(act: Act, state: State) -> None:
    first, second = appeal_in(act, state, hours=0), appeal_in(act, state, hours=0)
    played(act.at(shanghai("2026-03-09 23:59:59")), first, Action.REVERSE)
    with pytest.raises(Refused, match="5 working days"):
        played(act.at(shanghai("2026-03-10 00:00:00")), second, Action.REVERSE)


def test_what_the_citizen_calls_not_solved_is_decided_and_not_taken_back(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    played(later(act, 20), appeal, Action.SAY_NOT_SOLVED)
    with pytest.raises(Refused, match="handled again"):
        played(later(act, 21), appeal, Action.REVERSE)


def test_a_closing_whose_rehandling_was_refused_is_said_to_be_decided(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    played(later(act, 20), appeal, Action.SAY_NOT_SOLVED)
    played(later(act, 21), appeal, Action.REFUSE_REHANDLING)
    with pytest.raises(Refused, match="it was decided not to handle it again"):
        played(later(act, 22), appeal, Action.REVERSE)


def test_nothing_is_taken_back_before_the_release_before_has_ended(act: Act) -> None:
    begin(act, RuleChange.REVERSE)
    appeal = appeal_in(act.at(CHANGED), State.NOT_ACCEPTED, hours=0)
    other = appeal_in(act, State.NOT_ACCEPTED)
    with pytest.raises(Refused, match="upgraded"):
        played(later(act, 20), other, Action.REVERSE)
    played(later(act.at(CHANGED)), appeal, Action.REVERSE)
