"""Promises through the moves: what starts, moves, meets and breaches them (Rules 1 and 2)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.casework.handling.deadline_sweep import sweep_deadlines
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty, NoticeKind
from appeals.models.handling import RUNNING_SQL, Deadline
from tests.casework.reading import notices, running
from tests.cast import WATER, shanghai
from tests.factories import appeal_in, later, played


def test_the_finish_runs_from_the_first_dispatch_for_five_working_days(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    assert running(act, appeal, Duty.FINISH).due_at == shanghai("2026-03-09 23:59:59")


def test_a_return_does_not_move_the_finish(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    due = running(act, appeal, Duty.FINISH).due_at
    played(later(act, 24), appeal, Action.ASK_RETURN)
    played(later(act, 25), appeal, Action.GRANT_RETURN, department=WATER)
    assert appeal.holder == WATER
    assert running(act, appeal, Duty.FINISH).due_at == due
    assert running(act, appeal, Duty.FINISH).department == WATER


def test_the_third_dispatch_is_binding(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    for hours in (3, 5):
        played(later(act, hours), appeal, Action.ASK_RETURN)
        played(later(act, hours + 1), appeal, Action.GRANT_RETURN)
    with pytest.raises(Refused, match="binding") as refused:
        played(later(act, 8), appeal, Action.ASK_RETURN)
    assert refused.value.kind is RefusedKind.NOT_NOW


def test_a_return_is_asked_within_two_working_days(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    with pytest.raises(Refused, match="could be returned is over"):
        played(act.at(shanghai("2026-03-05 00:00")), appeal, Action.ASK_RETURN)
    played(act.at(shanghai("2026-03-04 23:59")), appeal, Action.ASK_RETURN)


def test_a_refused_return_gives_the_appeal_back_as_it_was(act: Act) -> None:
    for state in (State.DISPATCHED, State.SIGNED):
        appeal = appeal_in(act, state)
        played(later(act, 5), appeal, Action.ASK_RETURN)
        played(later(act, 6), appeal, Action.REFUSE_RETURN)
        assert appeal.state is state


def test_a_return_is_decided_within_one_working_day_or_four_hours_if_urgent(act: Act) -> None:
    appeal, urgent = (
        appeal_in(act, State.DISPATCHED, category=category)
        for category in ("urban.noise", "water.burst")
    )
    for each in (appeal, urgent):
        played(later(act, 3), each, Action.ASK_RETURN)
    assert running(act, appeal, Duty.RETURN_DECISION).due_at == shanghai("2026-03-03 23:59:59")
    assert running(act, appeal, Duty.RETURN_DECISION).department is None
    assert running(act, urgent, Duty.RETURN_DECISION).due_at == later(act, 7).now


@pytest.mark.parametrize("decision", [Action.GRANT_RETURN, Action.REFUSE_RETURN])
def test_each_decision_meets_the_promise_of_its_own_request(act: Act, decision: Action) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    for hours in (3, 6):
        played(later(act, hours), appeal, Action.ASK_RETURN)
        played(later(act, hours + 1), appeal, decision)
    act.session.flush()  # the rows are read back
    decisions = [d for d in load_case(act, appeal.id).deadlines if d.duty is Duty.RETURN_DECISION]
    assert [(d.started_at, d.met_at) for d in decisions] == [
        (later(act, hours).now, later(act, hours + 1).now) for hours in (3, 6)
    ]
    of_dispatch = [1, 2] if decision is Action.GRANT_RETURN else [1, 1]
    assert [d.dispatch_n for d in decisions] == of_dispatch


def test_a_withdrawal_ends_the_promise_to_decide_a_return(act: Act) -> None:
    appeal = appeal_in(act, State.RETURN_ASKED)
    played(later(act, 30), appeal, Action.WITHDRAW)
    act.session.flush()  # the rows are read back
    decision = load_case(act, appeal.id).deadlines[-1]
    assert (decision.duty, decision.ended_at) == (Duty.RETURN_DECISION, later(act, 30).now)


def test_the_supervisor_is_told_of_a_return_that_is_decided_too_late(act: Act) -> None:
    appeal_in(act, State.RETURN_ASKED)
    sweep_deadlines(act.at(shanghai("2026-03-04 00:00:01")))
    told = {n.recipient for n in notices(act, NoticeKind.BREACHED) if "退单审核" in n.body}
    assert told == {"staff:supervisor6"}


def test_an_extension_moves_the_finish_once_by_at_most_ten_days(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    with pytest.raises(Refused, match="1 to 10"):
        played(later(act, 5), appeal, Action.ASK_EXTENSION, days="11")
    act.session.expire_all()
    played(later(act, 5), appeal, Action.ASK_EXTENSION, days="10")
    played(later(act, 6), appeal, Action.GRANT_EXTENSION)
    assert running(act, appeal, Duty.FINISH).due_at == shanghai("2026-03-23 23:59:59")
    with pytest.raises(Refused, match="once"):
        played(later(act, 7), appeal, Action.ASK_EXTENSION, days="1")


def test_an_extension_is_asked_before_due(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    with pytest.raises(Refused, match="before the appeal is due"):
        played(act.at(shanghai("2026-03-10 00:00")), appeal, Action.ASK_EXTENSION)


def test_an_urgent_appeal_runs_day_and_night_and_is_not_extended(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED, category="water.burst")
    assert running(act, appeal, Duty.FINISH).due_at == shanghai("2026-03-03 11:00")
    with pytest.raises(Refused, match="urgent"):
        played(later(act, 4), appeal, Action.ASK_EXTENSION)


def test_the_finish_is_met_by_the_accepted_answer_at_its_own_time(act: Act) -> None:
    appeal = appeal_in(act, State.ANSWERED)
    answered = act.now + timedelta(hours=5)
    played(act.at(shanghai("2026-03-11 10:00")), appeal, Action.CLOSE)
    act.session.flush()  # the rows are read back
    case = load_case(act, appeal.id)
    finish = next(each for each in case.deadlines if each.duty is Duty.FINISH)
    assert finish.met_at == case.round.answered_at == answered
    assert case.round.closed_at == shanghai("2026-03-11 10:00")


def test_an_answer_in_review_is_not_overdue_but_one_sent_back_is(act: Act) -> None:
    appeal = appeal_in(act, State.ANSWERED)
    overdue = act.at(shanghai("2026-03-10 09:00"))
    sweep_deadlines(overdue)
    finish = sa.select(Deadline.breached_at).where(Deadline.duty == Duty.FINISH)
    assert act.session.scalar(finish) is None
    played(overdue, appeal, Action.SEND_BACK)
    sweep_deadlines(overdue)
    assert act.session.scalar(finish) == overdue.now


def test_the_leader_is_told_at_yellow_and_red_and_the_supervisor_at_five_days(act: Act) -> None:
    appeal_in(act, State.IN_HAND)
    sweep_deadlines(act.at(shanghai("2026-03-05 23:59")))
    assert not notices(act, NoticeKind.WARNED)
    sweep_deadlines(act.at(shanghai("2026-03-06 00:01")))
    assert [each.recipient for each in notices(act, NoticeKind.WARNED)] == ["staff:leader5"]
    sweep_deadlines(act.at(shanghai("2026-03-10 00:00:01")))
    assert [each.recipient for each in notices(act, NoticeKind.BREACHED)] == ["staff:leader5"]
    sweep_deadlines(act.at(shanghai("2026-03-17 00:01")))
    assert [e.recipient for e in notices(act, NoticeKind.ESCALATED)] == ["staff:supervisor6"]


def test_a_late_sign_for_is_told_as_red_and_a_late_finish_as_overdue(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    sweep_deadlines(act.at(shanghai("2026-03-10 00:00:01")))
    told = {each.subject: each.body for each in notices(act, NoticeKind.BREACHED)}
    number = appeal.number
    assert [*told] == [
        f"红牌：工单{number}签收已过时限",
        f"红牌：工单{number}首次联系已过时限",
        f"超期：工单{number}",
    ]
    assert told[f"超期：工单{number}"] == (
        f"工单{number}应于2026年3月9日 23:59前办结，现已超期，请立即办理。"
    )


def test_a_sweep_twice_is_a_sweep_once(act: Act) -> None:
    appeal_in(act, State.IN_HAND)
    late = act.at(shanghai("2026-03-20 09:00"))
    assert sweep_deadlines(late) == 3
    told = len(notices(act, NoticeKind.BREACHED))
    assert sweep_deadlines(late) == 0
    assert len(notices(act, NoticeKind.BREACHED)) == told


def test_queries_of_running_deadlines_match_the_partial_indexes() -> None:
    assert str(Deadline.is_running()).replace("deadline.", "") == RUNNING_SQL
