"""The first contact: promised where she can be reached, tried, and given up (Rules 1, met by)."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.case_rows import load_case
from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.casework.integrity.verification import verify_all_appeals
from appeals.domain.case import Case
from appeals.domain.people import STRANGER
from appeals.domain.refusals import Refused
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Appeal, Move
from tests.casework.handling.test_rule_changes import CHANGED, begin
from tests.casework.reading import running
from tests.cast import WATER, shanghai
from tests.factories import a_filing, actor_for, appeal_in, given_for, later, path_to, played

NOT_REACHABLE: Mapping[str, dict[str, Any]] = {
    "she gave nothing": {"contact_email": ""},
    "she gave a name only": {"contact_email": "", "contact_name": "王小明"},
    "she keeps it from the department": {"confidential": True},
}


def case_of(act: Act, appeal: Appeal) -> Case:
    act.session.flush()  # the case is read from the rows
    return load_case(act, appeal.id)


def problems(act: Act) -> list[str]:
    act.session.flush()  # the rows are read as they are stored
    return [each.sentence for checked in verify_all_appeals(act) for each in checked.problems]


def tried(act: Act, appeal: Appeal, at: str, message_left: str = "no") -> State:
    moment = act.at(shanghai(at))
    return played(moment, appeal, Action.TRY_CONTACT, message_left=message_left).state


@pytest.mark.parametrize("why", NOT_REACHABLE)
def test_who_cannot_be_reached_is_promised_no_contact_and_is_in_hand_without_one(
    act: Act, why: str
) -> None:
    appeal = appeal_in(act, State.SIGNED, **NOT_REACHABLE[why])
    case = case_of(act, appeal)
    assert [each.duty for each in case.deadlines if each.is_running] == [Duty.RETURN, Duty.FINISH]
    assert case.dispatches[-1].contact_due_at is None
    played(later(act, 5), appeal, Action.CONTACT, how="not_possible")
    assert appeal.state is State.IN_HAND
    assert case_of(act, appeal).dispatches[-1].contacted_at is None
    assert case_of(act, appeal).running(Duty.RETURN) is None
    assert problems(act) == []


def test_who_can_be_reached_is_promised_a_contact_that_cannot_be_called_impossible(
    act: Act,
) -> None:
    appeal = appeal_in(act, State.SIGNED)
    assert running(act, appeal, Duty.CONTACT).due_at == shanghai("2026-03-03 23:59:59")
    with pytest.raises(Refused, match="can be reached"):
        played(later(act, 5), appeal, Action.CONTACT, how="not_possible")


@pytest.mark.parametrize("why", NOT_REACHABLE)
def test_a_try_is_refused_where_there_is_no_way_to_reach_her(act: Act, why: str) -> None:
    appeal = appeal_in(act, State.SIGNED, **NOT_REACHABLE[why])
    with pytest.raises(Refused, match="no way to reach the citizen"):
        played(later(act, 5), appeal, Action.TRY_CONTACT)


def test_new_kinds_of_contact_wait_until_the_release_before_has_ended(act: Act) -> None:
    begin(act, RuleChange.TRY_CONTACT)
    reachable = appeal_in(act, State.SIGNED)
    nobody = appeal_in(act, State.SIGNED, contact_email="")
    with pytest.raises(Refused, match="upgraded"):
        played(later(act, 5), reachable, Action.TRY_CONTACT)
    with pytest.raises(Refused, match="upgraded"):
        played(later(act, 5), nobody, Action.CONTACT, how="not_possible")
    played(act.at(CHANGED), reachable, Action.TRY_CONTACT)
    played(act.at(CHANGED), nobody, Action.CONTACT, how="not_possible")
    assert nobody.state is State.IN_HAND


def test_a_second_department_is_promised_no_contact_either(act: Act) -> None:
    appeal = appeal_in(act, State.DISPATCHED, contact_email="")
    played(later(act, 3), appeal, Action.ASK_RETURN)
    played(later(act, 4), appeal, Action.GRANT_RETURN, department=WATER)
    assert case_of(act, appeal).running(Duty.CONTACT) is None
    assert problems(act) == []


def test_a_department_may_still_visit_who_gave_no_contact(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED, contact_email="")
    played(later(act, 5), appeal, Action.CONTACT, how="visit")
    sent = case_of(act, appeal).dispatches[-1]
    assert sent.contacted_at == later(act, 5).now
    assert sent.contact_due_at is None


def test_three_tries_on_two_working_days_with_a_message_are_the_contact_at_the_third(
    act: Act,
) -> None:
    appeal = appeal_in(act, State.SIGNED)
    assert tried(act, appeal, "2026-03-02 15:00") is State.SIGNED
    assert tried(act, appeal, "2026-03-02 16:00", "yes") is State.SIGNED
    assert case_of(act, appeal).running(Duty.CONTACT) is not None
    assert tried(act, appeal, "2026-03-03 10:00") is State.IN_HAND
    case = case_of(act, appeal)
    assert case.dispatches[-1].contacted_at == shanghai("2026-03-03 10:00")
    promise = next(each for each in case.deadlines if each.duty is Duty.CONTACT)
    assert promise.met_at == shanghai("2026-03-03 10:00")
    assert case.running(Duty.RETURN) is None
    assert problems(act) == []


@pytest.mark.parametrize(
    ("tries", "missing"),
    [
        ((("03-02 15:00", "yes"), ("03-03 09:00", "no")), "a third try"),
        ((("03-02 15:00", "yes"), ("03-02 16:00", "no"), ("03-02 17:00", "no")), "a second day"),
        ((("03-02 15:00", "no"), ("03-03 09:00", "no"), ("03-03 17:00", "no")), "a message"),
        ((("03-06 15:00", "yes"), ("03-07 09:00", "no"), ("03-08 09:00", "no")), "a working day"),
    ],
)
def test_tries_that_lack_something_are_no_contact(
    act: Act, tries: tuple[tuple[str, str], ...], missing: str
) -> None:
    appeal = appeal_in(act, State.SIGNED)
    states = [tried(act, appeal, f"2026-{at}", left) for at, left in tries]
    assert states == [State.SIGNED] * len(tries), missing
    assert case_of(act, appeal).dispatches[-1].contacted_at is None
    assert tried(act, appeal, "2026-03-09 09:00", "yes") is State.IN_HAND


def test_tries_of_one_department_do_not_count_for_the_next(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    tried(act, appeal, "2026-03-02 15:00", "yes")
    tried(act, appeal, "2026-03-03 09:00", "yes")
    played(act.at(shanghai("2026-03-03 10:00")), appeal, Action.ASK_RETURN)
    played(act.at(shanghai("2026-03-03 10:10")), appeal, Action.GRANT_RETURN)
    played(act.at(shanghai("2026-03-03 10:20")), appeal, Action.SIGN)
    assert tried(act, appeal, "2026-03-03 11:00", "yes") is State.SIGNED


def test_a_try_lies_between_the_dispatch_and_now(act: Act) -> None:
    appeal = appeal_in(act, State.SIGNED)
    for when in ("2026-03-01T09:00", "2026-03-03T09:00"):
        with pytest.raises(Refused, match="between the dispatch and now"):
            played(later(act, 5), appeal, Action.TRY_CONTACT, when=when)
        act.session.expire_all()


def test_what_is_written_in_bulk_promises_as_what_is_made_one_by_one(act: Act) -> None:
    bulk = BulkWriter(act)
    for why in NOT_REACHABLE.values():
        way = [
            MoveRequest(m.action, given_for(m), act.now, actor_for(m))
            for m in path_to(State.SIGNED)
        ]
        way.append(MoveRequest(Action.CONTACT, {"how": "not_possible"}, act.now, way[-1].actor))
        filed = MoveRequest(Action.FILE, {}, act.now, STRANGER)
        played_ = bulk.play_history(History(a_filing(**why), filed, way))
        assert played_.case.dispatches[-1].contact_due_at is None
        bulk.write_histories([played_])
    assert problems(act) == []


def test_no_contact_detail_stands_in_the_facts_of_a_move(act: Act) -> None:
    appeal_in(act, State.IN_HAND, confidential=True, contact_phone="13900001234")
    moves = act.session.scalars(sa.select(Move.facts).order_by(Move.seq)).all()
    assert moves[2] == {"department": "roads", "unreachable": "yes"}
    assert "13900001234" not in str(moves)
