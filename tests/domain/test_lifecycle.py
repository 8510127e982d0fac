"""The whole table of Rules 3: from every state, who may do what. Read it beside the regulation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.domain.lifecycle import MOVES, find_move_rule
from appeals.domain.people import CENTRE, STAFF, Role
from appeals.domain.refusals import Refused, RefusedKind
from appeals.domain.states import OPEN, Action, State

FOR_ANY_CALLER = {"enquire", "new_code", "change_contact"}
CENTRAL = {
    Role.CITIZEN: {"change_contact"},
    Role.OPERATOR: {"note"} | FOR_ANY_CALLER,
    Role.DISPATCHER: {"amend", "note"} | FOR_ANY_CALLER,
    Role.OFFICER: {"note"},
    Role.LEADER: {"note"},
    Role.SUPERVISOR: {"amend", "note"} | FOR_ANY_CALLER,
}
"""What a role may do in every state."""

FOR_CALLER = {"add", "withdraw"}
"""What an operator does for a caller while the appeal is open."""
WITH_DEPARTMENT = {
    Role.CITIZEN: {"add", "answer_question", "withdraw", "urge"},
    Role.HELPER: {"add", "answer_question", "urge"},
    Role.OPERATOR: FOR_CALLER | {"urge"},
    Role.LEADER: {"assign", "ask_extension"},
    Role.SUPERVISOR: {"grant_extension", "refuse_extension"},
}
"""What the three states with a department have in common."""

CONTACTS = {"contact", "try_contact"}
TABLE: dict[State, dict[Role, set[str]]] = {
    State.FILED: {
        Role.CITIZEN: {"add", "answer_question", "withdraw"},
        Role.HELPER: {"add", "answer_question"},
        Role.OPERATOR: {"accept", "not_accept", "answer_on_spot"} | FOR_CALLER,
    },
    State.ACCEPTED: {
        Role.CITIZEN: {"add", "answer_question", "withdraw"},
        Role.HELPER: {"add", "answer_question"},
        Role.OPERATOR: {"answer_on_spot"} | FOR_CALLER,
        Role.DISPATCHER: {"dispatch"},
    },
    State.DISPATCHED: {
        Role.CITIZEN: WITH_DEPARTMENT[Role.CITIZEN],
        Role.HELPER: WITH_DEPARTMENT[Role.HELPER],
        Role.OPERATOR: WITH_DEPARTMENT[Role.OPERATOR],
        Role.DISPATCHER: {"recall"},
        Role.OFFICER: {"sign", "ask_return"},
        Role.LEADER: {"sign", "ask_return"} | WITH_DEPARTMENT[Role.LEADER],
        Role.SUPERVISOR: WITH_DEPARTMENT[Role.SUPERVISOR],
    },
    State.SIGNED: {
        Role.CITIZEN: WITH_DEPARTMENT[Role.CITIZEN],
        Role.HELPER: WITH_DEPARTMENT[Role.HELPER],
        Role.OPERATOR: WITH_DEPARTMENT[Role.OPERATOR],
        Role.OFFICER: CONTACTS | {"ask_return", "ask_citizen"},
        Role.LEADER: CONTACTS | {"ask_return", "ask_citizen"} | WITH_DEPARTMENT[Role.LEADER],
        Role.SUPERVISOR: WITH_DEPARTMENT[Role.SUPERVISOR],
    },
    State.IN_HAND: {
        Role.CITIZEN: WITH_DEPARTMENT[Role.CITIZEN],
        Role.HELPER: WITH_DEPARTMENT[Role.HELPER],
        Role.OPERATOR: WITH_DEPARTMENT[Role.OPERATOR],
        Role.OFFICER: {"answer", "ask_citizen"},
        Role.LEADER: {"answer", "ask_citizen"} | WITH_DEPARTMENT[Role.LEADER],
        Role.SUPERVISOR: WITH_DEPARTMENT[Role.SUPERVISOR],
    },
    State.RETURN_ASKED: {
        Role.CITIZEN: {"add", "answer_question", "withdraw"},
        Role.HELPER: {"add", "answer_question"},
        Role.OPERATOR: FOR_CALLER,
        Role.DISPATCHER: {"grant_return", "refuse_return"},
    },
    State.ANSWERED: {
        Role.CITIZEN: {"add", "answer_question", "withdraw"},
        Role.HELPER: {"add", "answer_question"},
        Role.OPERATOR: FOR_CALLER,
        Role.DISPATCHER: {"close", "send_back"},
    },
    State.CLOSED: {
        Role.CITIZEN: {"rate", "say_not_solved"},
        Role.OPERATOR: {"follow_up", "say_not_solved"},
        Role.SUPERVISOR: {"rehandle", "refuse_rehandling", "reverse"},
    },
    State.NOT_ACCEPTED: {Role.SUPERVISOR: {"reverse"}},
    State.ANSWERED_ON_SPOT: {Role.SUPERVISOR: {"reverse"}},
    State.WITHDRAWN: {},
}
"""What each role may do besides; of the centre's roles each may also do all that the ones before
it may."""
INCLUDES = {
    Role.DISPATCHER: (Role.OPERATOR, Role.DISPATCHER),
    Role.SUPERVISOR: (Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR),
}
LIVING = [role for role in Role if role is not Role.SYSTEM]
GRID = [(state, action, role) for state in State for action in Action for role in LIVING]


def allowed(state: State, role: Role) -> set[str]:
    own = set[str]().union(*(TABLE[state].get(r, set()) for r in INCLUDES.get(role, (role,))))
    return own | CENTRAL.get(role, set())


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", LIVING)
def test_each_role_makes_exactly_the_moves_of_the_table(state: State, role: Role) -> None:
    makes = {move.action.value for move in MOVES if state in move.start and role in move.by}
    assert makes == allowed(state, role)


@given(st.sampled_from(GRID))
def test_a_move_outside_the_table_is_refused(cell: tuple[State, Action, Role]) -> None:
    state, action, role = cell
    if action.value in allowed(state, role):
        assert find_move_rule(action, state, role).action is action
        return
    with pytest.raises(Refused) as refused:
        find_move_rule(action, state, role)
    assert refused.value.kind in {RefusedKind.NOT_ALLOWED, RefusedKind.NOT_NOW}


def test_citizens_and_the_centre_file_and_nobody_else() -> None:
    for role in {Role.CITIZEN} | CENTRE:
        assert find_move_rule(Action.FILE, None, role).to is State.FILED
    for role in set(STAFF) - CENTRE:
        with pytest.raises(Refused):
            find_move_rule(Action.FILE, None, role)


def test_an_administrator_makes_no_move() -> None:
    assert not [move.action for move in MOVES if Role.ADMINISTRATOR in move.by]


def test_every_action_has_one_move() -> None:
    assert sorted(move.action for move in MOVES) == sorted(Action)


def test_every_state_can_be_reached_from_a_filing() -> None:
    reached = {State.FILED}
    for _ in State:
        reached |= {move.to for move in MOVES if move.to and move.start & reached}
    assert reached == set(State)


def test_an_open_state_always_has_a_way_on() -> None:
    for state in OPEN:
        assert any(state in move.start and move.to and move.to is not state for move in MOVES)


def test_every_sentence_of_a_refusal_stands_in_both_languages() -> None:
    with pytest.raises(Refused) as refused:
        find_move_rule(Action.SIGN, State.CLOSED, Role.OFFICER)
    assert "已办结" in refused.value.label("zh")
    assert "Closed" in refused.value.label("en")
