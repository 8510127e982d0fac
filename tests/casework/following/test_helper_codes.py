"""The code that a citizen gives another person: what it opens, what it does not, how it ends."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.cases.access import knows_code, may_see_contact, open_case
from appeals.casework.erasure.erasure import erase_appeals
from appeals.casework.following import helper_codes
from appeals.casework.following.helper_codes import (
    MAX_NAME_CHARACTERS,
    VISIT_INTERVAL,
    match_code,
)
from appeals.casework.handling import citizen_sessions
from appeals.casework.handling.caller_moves import Caller, make_move_for_caller
from appeals.casework.handling.moves import make_move
from appeals.casework.handling.query_codes import issue_query_code
from appeals.domain.lifecycle import MOVES, MoveRule
from appeals.domain.people import Actor, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ErasedBy
from appeals.models.appeal import Appeal, Move
from appeals.models.citizen import HelperCode, HelperVisit
from tests.casework.handling.test_rule_changes import CHANGED, begin, problems
from tests.cast import OPERATOR, SECRET, STAFF, ZHAO, shanghai
from tests.factories import CALLER, appeal_in, given_for

HELPS_WITH = {Action.ADD, Action.ANSWER_QUESTION, Action.URGE}
WAITS = sa.text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.datname = current_database()"
    " WHERE locktype IN ('transactionid', 'tuple') AND NOT granted)"
)


def citizen_of(act: Act, appeal: Appeal, browser: str = "her browser") -> Act:
    """Return the act of the citizen whose browser opened the appeal by its query code."""
    citizen = act.by(citizen_sessions.citizen_actor(browser, act.now))
    citizen_sessions.open_appeal_by_code(citizen, appeal.number)
    return citizen


def helper_of(act: Act, appeal: Appeal, code: str, browser: str = "his browser") -> Act:
    """Return the act of a helper who entered number and code in another browser."""
    found = act.by(citizen_sessions.citizen_actor(browser, act.now))
    code_id = match_code(act, appeal.number, code)
    assert code_id is not None
    assert helper_codes.open_as_helper(found, appeal.number, code_id)
    helper = helper_codes.find_helper(found, appeal.number)
    assert helper is not None
    return act.by(helper.actor)


def given(act: Act, state: State = State.IN_HAND, name: str = "女儿") -> tuple[Act, Appeal, str]:
    """Return the citizen's act, her appeal in a state, and the code that she gave."""
    appeal = appeal_in(act, state, hours=0, contact_phone="13800138000")
    citizen = citizen_of(act, appeal)
    return citizen, appeal, helper_codes.give_code(citizen, appeal, name)


def test_a_code_opens_the_appeal_for_the_helper_and_only_its_hash_is_stored(act: Act) -> None:
    _citizen, appeal, code = given(act)
    helper = helper_of(act, appeal, code)
    assert helper.actor.role is Role.HELPER
    assert open_case(helper, appeal.number) is appeal
    assert not may_see_contact(helper.actor, appeal)
    row = act.session.scalars(sa.select(HelperCode)).one()
    assert code.replace("-", "").encode() not in row.code_hash
    assert (row.name, row.ended_at) == ("女儿", None)


def test_a_code_is_typed_in_any_spelling_and_opens_no_other_appeal(act: Act) -> None:
    _citizen, appeal, code = given(act)
    other = appeal_in(act, State.FILED)
    assert match_code(act, appeal.number.lower(), code.replace("-", " ").lower())
    assert match_code(act, other.number, code) is None
    assert match_code(act, appeal.number, "0000-0000-0000-0000") is None
    assert match_code(act, "QD26-0000-0000-0", code) is None


def test_a_confidential_and_a_restricted_appeal_open_too(act: Act) -> None:
    """The citizen herself gave the code."""
    _citizen, appeal, code = given(act)
    appeal.confidential, appeal.restricted = True, True
    assert open_case(helper_of(act, appeal, code), appeal.number) is appeal


@pytest.mark.parametrize("move", [m for m in MOVES if Role.CITIZEN in m.by and m.start])
def test_a_helper_makes_the_three_moves_and_no_other_of_the_citizens(
    act: Act, move: MoveRule
) -> None:
    state = State.IN_HAND if State.IN_HAND in move.start else State.CLOSED
    citizen, appeal, code = given(act, state)
    if move.action is Action.ANSWER_QUESTION:
        make_move(act.by(ZHAO), appeal, Action.ASK_CITIZEN, {"words": "哪一盏灯？"})
    helper = helper_of(act, appeal, code)
    fields = given_for(move)
    if move.action in HELPS_WITH:
        made = make_move(helper, appeal, move.action, fields)
        assert made.actor_role is Role.HELPER
        assert problems(act) == []
        return
    with pytest.raises(Refused) as refused:
        make_move(helper, appeal, move.action, fields)
    assert refused.value.kind is RefusedKind.NOT_ALLOWED
    make_move(citizen, appeal, move.action, {**fields, "confidential": "no"})


def test_citizen_and_helper_urge_once_together(act: Act) -> None:
    citizen, appeal, code = given(act)
    make_move(helper_of(act, appeal, code), appeal, Action.URGE)
    with pytest.raises(Refused, match="urged already"):
        make_move(citizen, appeal, Action.URGE)
    assert appeal.urgings == 1


def test_only_the_citizen_gives_and_ends_a_code(act: Act) -> None:
    citizen, appeal, code = given(act)
    helper = helper_of(act, appeal, code)
    stranger = citizen_sessions.citizen_actor("a stranger's browser", act.now)
    refusals = {
        **dict.fromkeys((helper.actor, *STAFF), RefusedKind.NOT_ALLOWED),
        stranger: RefusedKind.NOT_FOUND,
    }
    for actor, kind in refusals.items():
        for change in (give_again, helper_codes.end_code):
            with pytest.raises(Refused) as refused:
                change(act.by(actor), appeal)
            assert refused.value.kind is kind
    assert match_code(citizen, appeal.number, code)


def test_an_ended_code_opens_nothing_and_ends_what_it_opened(act: Act) -> None:
    citizen, appeal, code = given(act)
    helper = helper_of(act, appeal, code)
    helper_codes.end_code(citizen, appeal)
    assert_ended(act, appeal, code, helper)


def test_another_code_ends_the_one_before(act: Act) -> None:
    citizen, appeal, first = given(act)
    helper = helper_of(act, appeal, first)
    second = helper_codes.give_code(citizen.later(timedelta(hours=1)), appeal, "邻居")
    assert_ended(act, appeal, first, helper)
    assert match_code(act, appeal.number, second)


def test_a_new_query_code_ends_the_helpers_code_too(act: Act) -> None:
    """A new one is issued when the old came into wrong hands, which may have given the code."""
    _citizen, appeal, code = given(act)
    helper = helper_of(act, appeal, code)
    issue_query_code(act.by(OPERATOR), appeal, CALLER)
    assert_ended(act, appeal, code, helper)


def assert_ended(act: Act, appeal: Appeal, code: str, helper: Act) -> None:
    assert match_code(act, appeal.number, code) is None
    for step in (
        lambda: open_case(helper, appeal.number),
        lambda: make_move(helper, appeal, Action.ADD, {"words": "还是不亮"}),
    ):
        with pytest.raises(Refused) as refused:
            step()
        assert refused.value.kind is RefusedKind.NOT_FOUND
    citizen = act.by(replace(helper.actor, role=Role.CITIZEN))
    assert helper_codes.find_helper(citizen, appeal.number) is None


def test_what_a_code_opened_closes_after_two_days(act: Act) -> None:
    _citizen, appeal, code = given(act)
    browser = citizen_sessions.citizen_actor("his browser", act.now)
    helper_of(act, appeal, code)
    assert helper_codes.find_helper(act.by(browser), appeal.number)
    late = act.now + citizen_sessions.SESSION_LIFETIME
    browser = citizen_sessions.citizen_actor("his browser", late)
    assert helper_codes.find_helper(act.by(browser), appeal.number) is None


def test_a_browser_that_opens_the_appeal_as_the_citizens_own_stays_so(act: Act) -> None:
    citizen, appeal, code = given(act)
    code_id = match_code(act, appeal.number, code)
    assert code_id is not None
    assert not helper_codes.open_as_helper(citizen, appeal.number, code_id)
    assert helper_codes.find_helper(citizen, appeal.number) is None
    assert open_case(citizen, appeal.number) is appeal


def test_the_query_code_entered_after_the_helpers_opens_the_citizens_own_page(act: Act) -> None:
    _citizen, appeal, code = given(act)
    helper = helper_of(act, appeal, code)
    citizen = act.by(replace(helper.actor, role=Role.CITIZEN))
    citizen_sessions.open_appeal_by_code(citizen, appeal.number)
    assert helper_codes.find_helper(citizen, appeal.number) is None
    assert open_case(citizen, appeal.number) is appeal


def test_nobody_is_recognised_as_the_citizen_by_a_helpers_code(act: Act) -> None:
    _citizen, appeal, code = given(act)
    assert not knows_code(act, appeal.number, code)
    with pytest.raises(Refused, match="query code is not right"):
        make_move_for_caller(act.by(OPERATOR), appeal, Action.WITHDRAW, "", Caller(query_code=code))


def test_a_name_is_a_word_or_two(act: Act) -> None:
    citizen, appeal, _code = given(act)
    with pytest.raises(Refused) as refused:
        helper_codes.give_code(citizen, appeal, "女" * (MAX_NAME_CHARACTERS + 1))
    assert (refused.value.kind, refused.value.field) == (RefusedKind.NOT_VALID, "name")
    helper_codes.give_code(citizen, appeal, f" {'女' * MAX_NAME_CHARACTERS} ")


def test_the_citizen_sees_each_visit_once_in_ten_minutes_and_each_move(act: Act) -> None:
    citizen, appeal, code = given(act)
    code_id = match_code(act, appeal.number, code)
    assert code_id is not None
    minute = timedelta(minutes=1)
    for after in (minute, 2 * minute, minute + VISIT_INTERVAL):
        helper_codes.record_visit(act.later(after), code_id)
    helper = helper_of(act, appeal, code).later(3 * minute)
    make_move(helper, appeal, Action.ADD, {"words": "还是不亮"})
    helper_codes.end_code(citizen.later(timedelta(hours=1)), appeal)
    second = helper_codes.give_code(citizen.later(timedelta(hours=2)), appeal, "")
    second_id = match_code(act, appeal.number, second)
    assert second_id is not None
    helper_codes.record_visit(act.later(timedelta(hours=3)), second_id)
    act.session.flush()
    moves = act.session.scalars(sa.select(Move).where(Move.appeal_id == appeal.id)).all()
    overview = helper_codes.load_overview(citizen, appeal, moves)
    assert overview is not None
    assert overview.current is not None
    assert overview.current.id == second_id
    assert [(use.at - act.now, use.name, use.action) for use in overview.uses] == [
        (timedelta(hours=3), "", None),
        (minute + VISIT_INTERVAL, "女儿", None),
        (3 * minute, "女儿", Action.ADD),
        (minute, "女儿", None),
    ]
    assert overview.names == {appeal.moves_made: "女儿"}
    assert helper_codes.load_overview(helper, appeal, moves) is None
    assert helper_codes.load_overview(act.by(OPERATOR), appeal, moves) is None


def test_an_erasure_deletes_code_name_and_visits(act: Act) -> None:
    citizen, appeal, code = given(act, State.CLOSED)
    code_id = match_code(act, appeal.number, code)
    assert code_id is not None
    helper_codes.record_visit(act, code_id)
    assert erase_appeals(act.later(timedelta(days=40)), [appeal.id], ErasedBy.OPERATOR) == 1
    for table in (HelperCode, HelperVisit):
        assert act.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    with pytest.raises(Refused, match="was erased"):
        helper_codes.give_code(citizen, appeal, "")
    assert problems(act) == []


def test_no_code_is_given_while_processes_of_the_release_before_may_run(act: Act) -> None:
    begin(act, RuleChange.HELPER_CODES)
    appeal = appeal_in(act, State.FILED)
    before = citizen_of(act.at(CHANGED - timedelta(seconds=1)), appeal)
    assert helper_codes.load_overview(before, appeal, []) is None
    with pytest.raises(Refused, match="upgraded"):
        helper_codes.give_code(before, appeal, "")
    assert helper_codes.give_code(before.at(CHANGED), appeal, "")


Hand = Callable[[Act, Appeal], object]


def act_in(session: Session, actor: Actor) -> Act:
    return Act(session, actor, shanghai("2026-03-02 09:00"), SECRET)


def file_with_code(sessions: sessionmaker[Session]) -> tuple[str, Actor, Actor]:
    """File an appeal whose citizen gave a code; return its number, the citizen and the helper."""
    with sessions.begin() as session:
        act = act_in(session, ZHAO)
        citizen, appeal, code = given(act)
        return appeal.number, citizen.actor, helper_of(act, appeal, code).actor


def until_it_waits(sessions: sessionmaker[Session], hand: Future[None]) -> None:
    while not hand.done():
        with sessions() as session:
            if session.scalar(WAITS):
                return


def meet(
    sessions: sessionmaker[Session],
    number: str,
    first: tuple[Actor, Hand],
    second: tuple[Actor, Hand],
) -> Future[None]:
    """Let the second hand come while the first has not committed; return what became of it."""

    def follow() -> None:
        with sessions.begin() as session:
            act = act_in(session, second[0])
            second[1](act, open_case(act, number))

    with ThreadPoolExecutor(1) as other, sessions() as session:
        act = act_in(session, first[0])
        first[1](act, open_case(act, number))
        session.flush()
        hand = other.submit(follow)
        until_it_waits(sessions, hand)
        assert not hand.done()
        session.commit()
    return hand


def add_words(act: Act, appeal: Appeal) -> None:
    make_move(act, appeal, Action.ADD, {"words": "还是不亮"})


def give_again(act: Act, appeal: Appeal) -> None:
    helper_codes.give_code(act, appeal, "邻居")


def codes_in_force(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        running = sa.select(HelperCode.name).where(HelperCode.ended_at.is_(None))
        return list(session.scalars(running))


def test_a_move_that_waits_for_the_end_of_its_code_is_refused(
    sessions: sessionmaker[Session],
) -> None:
    number, citizen, helper = file_with_code(sessions)
    hand = meet(sessions, number, (citizen, helper_codes.end_code), (helper, add_words))
    with pytest.raises(Refused) as refused:
        hand.result()
    assert refused.value.kind is RefusedKind.NOT_FOUND
    assert codes_in_force(sessions) == []


def test_of_two_codes_given_at_once_one_is_in_force(sessions: sessionmaker[Session]) -> None:
    number, citizen, _helper = file_with_code(sessions)
    meet(sessions, number, (citizen, give_again), (citizen, give_again)).result()
    assert codes_in_force(sessions) == ["邻居"]


def test_a_code_given_while_the_one_before_is_ended_stays(sessions: sessionmaker[Session]) -> None:
    number, citizen, _helper = file_with_code(sessions)
    meet(sessions, number, (citizen, helper_codes.end_code), (citizen, give_again)).result()
    assert codes_in_force(sessions) == ["邻居"]


def test_nobody_gives_a_code_who_waits_while_a_new_query_code_is_issued(
    sessions: sessionmaker[Session],
) -> None:
    number, citizen, _helper = file_with_code(sessions)

    def issue(act: Act, appeal: Appeal) -> None:
        issue_query_code(act, appeal, CALLER)

    hand = meet(sessions, number, (OPERATOR, issue), (citizen, give_again))
    with pytest.raises(Refused) as refused:
        hand.result()
    assert refused.value.kind is RefusedKind.NOT_FOUND
    assert codes_in_force(sessions) == ["女儿"]  # it is given under the code that is replaced
