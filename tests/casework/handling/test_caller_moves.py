"""Urging, enquiries, and what the centre does for a citizen who calls (Rules 8)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.cases.access import knows_code
from appeals.cases.citizen_contact import current_contact
from appeals.casework.handling.caller_moves import (
    Caller,
    change_contact_for_caller,
    make_move_for_caller,
)
from appeals.casework.handling.moves import make_move
from appeals.domain.contact import ContactDetails
from appeals.domain.people import STRANGER, Actor
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import WITH_DEPARTMENT, Action, State
from appeals.domain.vocabulary import Channel, NoticeKind
from appeals.models.appeal import Appeal, Move
from appeals.models.notice import Notice
from tests.casework.handling.test_rule_changes import CHANGED, begin, problems
from tests.cast import DISPATCHER, LEADER, OPERATOR, SUPERVISOR, ZHAO, shanghai
from tests.factories import appeal_in, file_appeal

PHONE = "13800138000"
BY_NUMBER = Caller(calling_number="138 0013 8000")
BY_NAME = Caller(knows_name_and_address=True)
NEEDING_NUMBER_OR_CODE = (
    (Action.WITHDRAW, State.IN_HAND),
    (Action.NEW_CODE, State.IN_HAND),
    (Action.SAY_NOT_SOLVED, State.CLOSED),
)


def urge(act: Act, appeal: Appeal, at: str) -> None:
    make_move(act.at(shanghai(at)).by(STRANGER), appeal, Action.URGE)


def urged_appeal(act: Act) -> Appeal:
    return appeal_in(act.at(shanghai("2026-03-02 09:00")), State.SIGNED, contact_phone=PHONE)


def last_move(act: Act, appeal: Appeal) -> Move:
    act.session.flush()
    return act.session.get_one(Move, (appeal.id, appeal.moves_made))


def test_a_citizen_urges_once_until_nine_of_the_next_working_day(act: Act) -> None:
    appeal = urged_appeal(act)
    urge(act, appeal, "2026-03-05 10:00")  # a Thursday
    with pytest.raises(Refused) as refused:
        urge(act, appeal, "2026-03-06 08:59:59")
    assert refused.value.kind is RefusedKind.NOT_NOW
    assert "9:00" in refused.value.label("zh")
    urge(act, appeal, "2026-03-06 09:00")
    for over in ("2026-03-06 23:00", "2026-03-08 12:00", "2026-03-09 08:59"):
        with pytest.raises(Refused):
            urge(act, appeal, over)
    urge(act, appeal, "2026-03-09 09:00")
    assert (appeal.urgings, appeal.citizen_urged_at) == (3, shanghai("2026-03-09 09:00"))
    assert problems(act) == []


def test_the_centre_urges_at_any_time_and_leaves_the_citizen_her_own(act: Act) -> None:
    appeal = urged_appeal(act)
    late = act.at(shanghai("2026-03-05 10:00"))
    make_move(late.by(SUPERVISOR), appeal, Action.URGE)
    make_move_for_caller(late.by(OPERATOR), appeal, Action.URGE, "", BY_NAME)
    urge(act, appeal, "2026-03-05 10:00")
    assert appeal.urgings == 3
    assert problems(act) == []


def test_urging_tells_the_department_and_moves_no_clock(act: Act) -> None:
    appeal = urged_appeal(act)
    dates = "SELECT duty, due_at, met_at, ended_at FROM deadline ORDER BY n"
    before = act.session.execute(sa.text(dates)).all()
    urge(act, appeal, "2026-03-03 10:00")
    assert appeal.state is State.SIGNED
    assert act.session.execute(sa.text(dates)).all() == before
    told = act.session.scalars(sa.select(Notice).where(Notice.kind == NoticeKind.URGED)).one()
    assert told.subject == f"催办：诉求{appeal.number}"
    assert told.recipient in {"desk:roads", "roads@example.org"}


def test_only_what_a_department_has_is_urged(act: Act) -> None:
    for state in State:
        appeal = appeal_in(act, state)
        late = act.later(timedelta(days=1)).by(SUPERVISOR)
        if state in WITH_DEPARTMENT:
            make_move(late, appeal, Action.URGE)
        else:
            with pytest.raises(Refused):
                make_move(late, appeal, Action.URGE)


def test_an_enquiry_is_recorded_with_its_channel_and_tells_nobody(act: Act) -> None:
    appeal = appeal_in(act, State.CLOSED)
    told = sa.select(sa.func.count()).select_from(Notice)
    before = act.session.scalar(told)
    caller = Caller(knows_name_and_address=True, channel=Channel.WECHAT)
    make_move_for_caller(act.by(OPERATOR), appeal, Action.ENQUIRE, "", caller)
    move = last_move(act, appeal)
    assert (move.action, move.to_state) == (Action.ENQUIRE, State.CLOSED)
    assert move.facts == {"channel": "wechat", "recognised_by": "name_address"}
    assert act.session.scalar(told) == before


@pytest.mark.parametrize("actor", [STRANGER, ZHAO, LEADER])
def test_only_the_centre_records_enquiries(act: Act, actor: Actor) -> None:
    appeal = appeal_in(act, State.SIGNED)
    with pytest.raises(Refused):
        make_move(act.by(actor), appeal, Action.ENQUIRE)


@pytest.mark.parametrize(("action", "state"), NEEDING_NUMBER_OR_CODE)
def test_name_and_address_are_not_enough_for_what_ends_or_opens(
    act: Act, action: Action, state: State
) -> None:
    appeal = appeal_in(act, state, contact_phone=PHONE)
    late = act.later(timedelta(days=1)).by(OPERATOR)
    with pytest.raises(Refused) as refused:
        make_move_for_caller(late, appeal, action, "说明", BY_NAME)
    assert refused.value.field == "recognised_by"
    made = appeal.moves_made
    make_move_for_caller(late, appeal, action, "说明", BY_NUMBER)
    assert appeal.moves_made == made + 1
    assert last_move(act, appeal).facts["recognised_by"] == "kept_number"
    assert problems(act) == []


def test_a_caller_is_recognised_by_the_code_and_a_wrong_one_is_refused(act: Act) -> None:
    receipt = file_appeal(act, contact_phone=PHONE)
    wrong = Caller(calling_number=PHONE, query_code="0000-0000")
    with pytest.raises(Refused) as refused:
        make_move_for_caller(act.by(OPERATOR), receipt.appeal, Action.ADD, "补充", wrong)
    assert refused.value.field == "query_code"
    right = Caller(query_code=receipt.code.lower())
    make_move_for_caller(act.by(OPERATOR), receipt.appeal, Action.ADD, "补充", right)
    assert last_move(act, receipt.appeal).facts["recognised_by"] == "query_code"


@pytest.mark.parametrize("number", ["", "13800138001", "0532-85911234"])
def test_a_number_that_is_not_the_appeals_recognises_nobody(act: Act, number: str) -> None:
    appeal = file_appeal(act, contact_phone=PHONE).appeal
    with pytest.raises(Refused) as refused:
        make_move_for_caller(
            act.by(OPERATOR), appeal, Action.ADD, "补充", Caller(calling_number=number)
        )
    assert refused.value.field == "calling_number"
    both = Caller(calling_number=number, knows_name_and_address=True)
    make_move_for_caller(act.by(OPERATOR), appeal, Action.ADD, "补充", both)
    assert last_move(act, appeal).facts["recognised_by"] == "name_address"


def test_an_appeal_without_a_telephone_recognises_no_number(act: Act) -> None:
    appeal = file_appeal(act).appeal
    with pytest.raises(Refused):
        make_move_for_caller(act.by(OPERATOR), appeal, Action.ADD, "补充", Caller())


def test_a_new_code_for_a_caller_ends_the_old_one(act: Act) -> None:
    receipt = file_appeal(act, contact_phone=PHONE)
    late = act.by(OPERATOR)
    new = make_move_for_caller(late, receipt.appeal, Action.NEW_CODE, "", BY_NUMBER)
    assert knows_code(act, receipt.number, new)
    assert not knows_code(act, receipt.number, receipt.code)
    assert new not in str(last_move(act, receipt.appeal).facts)


def test_a_contact_changed_for_a_caller_keeps_what_she_did_not_name(act: Act) -> None:
    appeal = file_appeal(act, contact_phone=PHONE, contact_name="王芳").appeal
    new = ContactDetails(phone="13900139000")
    with pytest.raises(Refused):
        change_contact_for_caller(act.by(OPERATOR), appeal, new, BY_NAME)
    assert change_contact_for_caller(act.by(OPERATOR), appeal, new, BY_NUMBER)
    assert current_contact(act, appeal) == ContactDetails("王芳", "13900139000", "wang@example.org")
    assert PHONE not in str(last_move(act, appeal).facts)
    by_new = Caller(calling_number="13900139000")
    changed = change_contact_for_caller(
        act.by(OPERATOR), appeal, ContactDetails(), by_new, confidential=True
    )
    assert (changed, bool(appeal.confidential)) == (True, True)
    assert problems(act) == []


@pytest.mark.parametrize("change", [RuleChange.URGING, RuleChange.FOR_CALLERS])
def test_before_the_rule_held_its_moves_are_refused(act: Act, change: RuleChange) -> None:
    begin(act, change)
    appeal = urged_appeal(act)
    action = Action.URGE if change is RuleChange.URGING else Action.ADD
    early = act.at(CHANGED - timedelta(seconds=1)).by(OPERATOR)
    with pytest.raises(Refused) as refused:
        make_move_for_caller(early, appeal, action, "补充", BY_NUMBER)
    assert "升级" in refused.value.label("zh")
    make_move_for_caller(act.at(CHANGED).by(OPERATOR), appeal, action, "补充", BY_NUMBER)
    assert problems(act) == []


def test_a_new_code_from_before_the_rule_verifies_without_recognition(act: Act) -> None:
    begin(act, RuleChange.FOR_CALLERS)
    appeal = urged_appeal(act)
    early = act.at(CHANGED - timedelta(hours=1))
    make_move(early.by(DISPATCHER), appeal, Action.NEW_CODE, {"words": "遗失"})
    assert problems(act) == []
    with pytest.raises(Refused):
        make_move(act.at(CHANGED).by(DISPATCHER), appeal, Action.NEW_CODE, {"words": "遗失"})
