"""One appeal through `make`: what each move writes, refuses and promises (Rules 1 to 3)."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.casework.handling.moves import make_move, refuse_if_moved_since
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.people import STRANGER, Actor
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.states import Action, State
from appeals.domain.text.dates import describe_moment
from appeals.domain.vocabulary import Duty, NoticeKind
from appeals.models.appeal import Appeal, Move, RoutingReason
from appeals.models.notice import Notice
from tests.casework.reading import notices, running, state_of
from tests.cast import DISPATCHER, OPERATOR, ROADS, SUPERVISOR, WATER, ZHAO, shanghai
from tests.factories import appeal_in, file_appeal, given_for, later, path_to, played


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_through_moves_and_is_the_last_moves(act: Act, state: State) -> None:
    appeal = appeal_in(act, state)
    act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    last = act.session.scalars(sa.select(Move).order_by(Move.seq.desc())).first()
    assert appeal.state is state
    assert last is not None
    assert last.to_state is state
    assert last.seq == appeal.moves_made == len(path_to(state)) + 1


def tamper(act: Act) -> None:
    act.session.execute(sa.update(Appeal).values(state=State.CLOSED))
    act.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_the_database_refuses_a_state_that_no_move_made(act: Act) -> None:
    appeal_in(act, State.SIGNED)
    act.session.flush()  # the tampering below comes after
    with (
        pytest.raises(sa.exc.IntegrityError, match="state_is_the_last_move"),
        act.session.begin_nested(),
    ):
        tamper(act)


def test_the_database_refuses_to_change_a_recorded_move(act: Act) -> None:
    appeal_in(act, State.SIGNED)
    act.session.flush()  # the tampering below comes after
    with (
        pytest.raises(sa.exc.IntegrityError, match="never changes"),
        act.session.begin_nested(),
    ):
        act.session.execute(sa.update(Move).values(facts={}, department=WATER))


def test_a_filing_is_routed_and_the_reason_is_kept(act: Act) -> None:
    receipt = file_appeal(act)
    reason = act.session.get(RoutingReason, receipt.appeal.id)
    assert reason is not None
    assert reason.department == ROADS
    assert "噪音" in reason.zh
    assert "Noise" in reason.en


def test_a_filing_that_no_rule_matches_waits_for_the_dispatcher(act: Act) -> None:
    receipt = file_appeal(act, category="water.burst")
    reason = act.session.get(RoutingReason, receipt.appeal.id)
    assert reason is not None
    assert reason.department is None
    assert receipt.appeal.holder is None


def test_not_solved_opens_a_second_round_when_the_supervisor_agrees(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    played(later(act, 30), appeal, Action.SAY_NOT_SOLVED)
    assert state_of(appeal) is State.CLOSED
    played(later(act, 31), appeal, Action.REHANDLE)
    act.session.flush()  # the rows are read back
    case = load_case(act, appeal.id)
    assert state_of(appeal) is State.DISPATCHED
    assert [each.n for each in case.rounds] == [1, 2]
    assert case.rounds[0].until_at == case.rounds[1].opened_at == later(act, 31).now


def test_rating_is_open_for_thirty_days(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    with pytest.raises(Refused, match="time for rating is over"):
        played(act.later(timedelta(days=31)), appeal, Action.RATE)
    played(act.later(timedelta(days=29)), appeal, Action.RATE)


def test_a_second_hand_is_told_that_somebody_was_faster(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    seen = appeal.moves_made
    refuse_if_moved_since(act, appeal, seen)
    make_move(later(act, 4).by(ZHAO), appeal, Action.SIGN)
    with pytest.raises(Refused, match="Somebody else") as refused:
        refuse_if_moved_since(act, appeal, seen)
    assert refused.value.kind is RefusedKind.NOT_NOW


def test_a_move_lacking_a_need_is_refused_by_its_field(act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    with pytest.raises(Refused) as refused:
        make_move(later(act, 2).by(DISPATCHER), appeal, Action.DISPATCH, {})
    assert refused.value.field == "department"
    with pytest.raises(Refused) as refused:
        make_move(later(act, 2).by(DISPATCHER), appeal, Action.DISPATCH, {"department": "nobody"})
    assert refused.value.field == "department"


def test_a_correction_keeps_what_stood_before(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    make_move(
        later(act, 6).by(SUPERVISOR), appeal, Action.AMEND, {"category": "urban", "words": "细分"}
    )
    act.session.flush()  # the rows are read back
    case = load_case(act, appeal.id)
    assert case.category == "urban"
    assert [each.category for each in case.amendments] == ["urban.noise"]


@pytest.mark.parametrize(("said", "due"), [("yes", "2026-03-03 11:00"), ("no", None), ("", None)])
def test_an_urgency_set_at_the_dispatch_is_a_correction_and_sets_the_limits(
    act: Act, said: str, due: str | None
) -> None:
    appeal = appeal_in(act, State.ACCEPTED)
    played(later(act, 2), appeal, Action.DISPATCH, urgent=said)
    act.session.flush()  # the rows are read back
    case = load_case(act, appeal.id)
    assert case.urgent is (said == "yes")
    kept = [(each.amended_at, each.category, each.urgent) for each in case.amendments]
    assert kept == ([(later(act, 2).now, "urban.noise", False)] if due else [])
    finish = shanghai(due or "2026-03-09 23:59:59")
    assert running(act, appeal, Duty.FINISH).due_at == finish
    assert [each for checked in verify_all_appeals(act) for each in checked.problems] == []


def test_an_ordinary_dispatch_of_an_urgent_category_is_kept_too(act: Act) -> None:
    appeal = appeal_in(act, State.ACCEPTED, category="water.burst")
    played(later(act, 2), appeal, Action.DISPATCH, urgent="no")
    act.session.flush()  # the rows are read back
    assert [each.urgent for each in load_case(act, appeal.id).amendments] == [True]
    assert running(act, appeal, Duty.FINISH).due_at == shanghai("2026-03-09 23:59:59")


def test_a_street_is_corrected_with_its_district(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    corrector = later(act, 6).by(SUPERVISOR)
    for place in ({"street": "370203001"}, {"street": "370203001", "district": "370202"}):
        with pytest.raises(Refused) as refused:
            make_move(corrector, appeal, Action.AMEND, {**place, "words": "更正"})
        assert refused.value.field == "street"
    place = {"street": "370203001", "district": "370203", "words": "更正"}
    make_move(corrector, appeal, Action.AMEND, place)
    assert (appeal.district, appeal.street) == ("370203", "370203001")


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "9999-12-31T23:59-23:59", "x" * 9000])
def test_a_contact_at_no_moment_is_refused(act: Act, when: str) -> None:
    appeal = appeal_in(act, State.SIGNED)
    with pytest.raises(Refused) as refused:
        played(later(act, 4), appeal, Action.CONTACT, when=when)
    assert refused.value.field == "when"


@pytest.mark.parametrize("days", ["0", "11", "9" * 5000, "-1", "²", "x"])
def test_days_that_are_no_number_of_days_are_refused(act: Act, days: str) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    with pytest.raises(Refused) as refused:
        played(later(act, 4), appeal, Action.ASK_EXTENSION, days=days)
    assert refused.value.field == "days"


def test_the_citizen_is_told_where_to_act_and_until_when_never_with_the_code(act: Act) -> None:
    website = replace(act, base_url="https://appeals.example")
    receipt = file_appeal(website, language="en")
    appeal, asking = receipt.appeal, later(website, 4)
    for step, move in enumerate(path_to(State.IN_HAND), start=1):
        played(later(website, step), appeal, move.action)
    played(asking, appeal, Action.ASK_CITIZEN)
    played(later(website, 5), appeal, Action.ANSWER)
    played(later(website, 6), appeal, Action.CLOSE)
    link = f"https://appeals.example/appeals/follow?number={receipt.number}"
    for kind in (NoticeKind.FILED, NoticeKind.QUESTION, NoticeKind.CLOSED):
        told = notices(act, kind)[0]
        assert told.body.splitlines()[-1] == link
        assert receipt.code not in told.body
    until = describe_moment(running(act, appeal, Duty.RATING).due_at).label("en")
    assert f"rating is open until {until}" in notices(act, NoticeKind.CLOSED)[0].body


def test_each_cause_tells_each_recipient_once(act: Act) -> None:
    appeal_in(act, State.CLOSED)
    told = act.session.scalars(sa.select(Notice)).all()
    assert len(told) == len({(each.cause, each.kind, each.recipient) for each in told})
    assert {each.recipient for each in told} == {"wang@example.org", f"desk:{ROADS}"}


def test_a_withdrawn_appeal_has_nothing_running(act: Act) -> None:
    appeal = appeal_in(act, State.IN_HAND)
    make_move(
        later(act, 6).by(STRANGER), appeal, Action.WITHDRAW, given_for(path_to(State.SIGNED)[0])
    )
    act.session.flush()  # the rows are read back
    assert not [each for each in load_case(act, appeal.id).deadlines if each.is_running]


def test_an_accepted_appeal_that_was_never_dispatched_is_answered_on_the_spot(act: Act) -> None:
    for actor in (OPERATOR, DISPATCHER):
        appeal = appeal_in(act, State.ACCEPTED)
        make_move(later(act, 5).by(actor), appeal, Action.ANSWER_ON_SPOT, {"words": "已当场答复。"})
        assert appeal.state is State.ANSWERED_ON_SPOT
        assert appeal.accepted_at == later(act, 1).now
        act.session.flush()  # the promises are read as they are stored
        assert not any(each.is_running for each in load_case(act, appeal.id).deadlines)


def test_what_was_dispatched_and_recalled_is_not_answered_on_the_spot(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED)
    played(later(act, 5), appeal, Action.RECALL)
    with pytest.raises(Refused, match="dispatched before"):
        played(later(act, 6), appeal, Action.ANSWER_ON_SPOT)


@pytest.mark.parametrize("actor", [DISPATCHER, SUPERVISOR])
def test_the_centre_makes_the_moves_of_every_role_below(act: Act, actor: Actor) -> None:
    appeal = appeal_in(act, State.FILED)
    make_move(later(act).by(actor), appeal, Action.ACCEPT)
    closed = appeal_in(act, State.CLOSED)
    answer = {"outcome": "reached", "satisfaction": "4"}
    make_move(later(act, 40).by(actor), closed, Action.FOLLOW_UP, answer)
    assert (appeal.state, closed.state) == (State.ACCEPTED, State.CLOSED)
