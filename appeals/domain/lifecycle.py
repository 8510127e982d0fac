"""The life of an appeal as one table: from where, to where, by whom, needing what, telling whom.

The states, moves and roles are those of Rules 3. Generic code walks `MOVES`: the writer of one
appeal, the writer of thousands, the verifier, the buttons and the forms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from appeals.domain import restriction
from appeals.domain.case import Case
from appeals.domain.deadlines import turn
from appeals.domain.moves import closing_effects, contact_effects, effects, guards, reversal
from appeals.domain.moves.effects import IMPORTED, Effect, Given
from appeals.domain.moves.guards import Guard
from appeals.domain.moves.needs import COMPLAINED_DEPARTMENT, NEEDS, Need
from appeals.domain.moves.needs import check as check_needs
from appeals.domain.people import CENTRE, DEPARTMENT, Role
from appeals.domain.refusals import Refused, not_allowed, not_now
from appeals.domain.rule_book import Book, RuleChange, Since
from appeals.domain.states import OPEN, WITH_DEPARTMENT, Action, State
from appeals.domain.vocabulary import Audience, NoticeKind

S = State
A = Action
N = NoticeKind
CITIZEN = frozenset({Role.CITIZEN})
SUPERVISORS = frozenset({Role.SUPERVISOR})
DISPATCHERS = SUPERVISORS | {Role.DISPATCHER}
INTAKE = DISPATCHERS | {Role.OPERATOR}
"""A dispatcher makes all moves of an operator, a supervisor all of a dispatcher (Rules 3)."""
FILERS = CITIZEN | INTAKE
LEADERS = frozenset({Role.LEADER})
TO_CITIZEN = Audience.CITIZEN
TO_DEPARTMENT = Audience.DEPARTMENT
NOT_TO_COMPLAINED: Since[Effect] = Since(
    RuleChange.COMPLAINED_DEPARTMENT, restriction.refuse_complained_department
)
"""Stands before every effect that sends an appeal to a department."""


@dataclass(frozen=True)
class Move:
    """One step of an appeal's life.

    `start` is empty for filing. `to` is None where the state stays, or where it depends on the
    case: then `next_state` gives it, after the effects.
    """

    action: Action
    start: frozenset[State]
    to: State | None
    by: frozenset[Role]
    needs: tuple[str, ...] = ()
    guards: tuple[Guard | Since[Guard], ...] = ()
    does: tuple[Effect | Since[Effect], ...] = ()
    tells: tuple[tuple[NoticeKind, Audience], ...] = ()
    next_state: Callable[[Case], State] | None = None

    @cached_property
    def fields(self) -> tuple[Need, ...]:
        """Give what the move needs, in the order of its form."""
        return tuple(NEEDS[name] for name in self.needs)


def _from(*states: State) -> frozenset[State]:
    return frozenset(states)


def _before_return(case: Case) -> State:
    return State.SIGNED if case.dispatch and case.dispatch.signed_at else State.DISPATCHED


MOVES: tuple[Move, ...] = (
    Move(
        A.FILE, _from(), S.FILED, FILERS,
        does=(effects.open_first_round,), tells=((N.FILED, TO_CITIZEN),),
    ),
    Move(
        A.ACCEPT, _from(S.FILED), S.ACCEPTED, INTAKE,
        does=(effects.accept,), tells=((N.ACCEPTED, TO_CITIZEN),),
    ),
    Move(
        A.NOT_ACCEPT, _from(S.FILED), S.NOT_ACCEPTED, INTAKE,
        needs=("not_accepted_reason", "route"), does=(effects.refuse_acceptance,),
        tells=((N.NOT_ACCEPTED, TO_CITIZEN),),
    ),
    Move(
        A.ANSWER_ON_SPOT, _from(S.FILED, S.ACCEPTED), S.ANSWERED_ON_SPOT, INTAKE,
        needs=("reply",), guards=(guards.never_dispatched,), does=(effects.answer_on_spot,),
        tells=((N.ANSWERED_ON_SPOT, TO_CITIZEN),),
    ),
    Move(
        A.DISPATCH, _from(S.ACCEPTED), S.DISPATCHED, DISPATCHERS,
        needs=("department", "dispatch_urgent", "investigation", "note"),
        does=(NOT_TO_COMPLAINED, effects.send),
        tells=((N.DISPATCHED, TO_CITIZEN), (N.ASSIGNED_WORK, TO_DEPARTMENT)),
    ),
    Move(
        A.RECALL, _from(S.DISPATCHED), S.ACCEPTED, DISPATCHERS,
        needs=("reason",), does=(effects.recall,), tells=((N.RECALLED, TO_DEPARTMENT),),
    ),
    Move(A.SIGN, _from(S.DISPATCHED), S.SIGNED, DEPARTMENT, does=(effects.sign,)),
    Move(
        A.CONTACT, _from(S.SIGNED), S.IN_HAND, DEPARTMENT,
        needs=("how", "when", "note"), does=(contact_effects.contact,),
    ),
    Move(
        A.TRY_CONTACT, _from(S.SIGNED), None, DEPARTMENT,
        needs=("tried_how", "message_left", "when", "note"),
        guards=(Since(RuleChange.TRY_CONTACT, before=guards.refuse_during_upgrade),),
        does=(contact_effects.try_contact,),
        next_state=contact_effects.state_after_try,
    ),
    Move(
        A.ASK_RETURN, _from(S.DISPATCHED, S.SIGNED), S.RETURN_ASKED, DEPARTMENT,
        needs=("return_reason", "reason"),
        guards=(guards.not_binding, guards.return_window_open), does=(effects.ask_return,),
    ),
    Move(
        A.GRANT_RETURN, _from(S.RETURN_ASKED), S.DISPATCHED, DISPATCHERS,
        needs=("department", "investigation", "note"),
        does=(NOT_TO_COMPLAINED, effects.take_back, effects.send),
        tells=((N.DISPATCHED, TO_CITIZEN), (N.ASSIGNED_WORK, TO_DEPARTMENT)),
    ),
    Move(
        A.REFUSE_RETURN, _from(S.RETURN_ASKED), None, DISPATCHERS,
        needs=("reason",), tells=((N.RETURN_REFUSED, TO_DEPARTMENT),),
        next_state=_before_return,
    ),
    Move(
        A.ASK_EXTENSION, WITH_DEPARTMENT, None, LEADERS,
        needs=("days", "reason"), guards=(guards.may_extend,), does=(effects.ask_extension,),
    ),
    Move(
        A.GRANT_EXTENSION, WITH_DEPARTMENT, None, SUPERVISORS,
        needs=("note",), guards=(guards.extension_pending,), does=(effects.grant_extension,),
        tells=((N.EXTENDED, TO_CITIZEN), (N.EXTENDED, TO_DEPARTMENT)),
    ),
    Move(
        A.REFUSE_EXTENSION, WITH_DEPARTMENT, None, SUPERVISORS,
        needs=("reason",), guards=(guards.extension_pending,), does=(effects.refuse_extension,),
        tells=((N.EXTENSION_REFUSED, TO_DEPARTMENT),),
    ),
    Move(A.ASSIGN, WITH_DEPARTMENT, None, LEADERS, needs=("officer",), does=(effects.assign,)),
    Move(
        A.ASK_CITIZEN, _from(S.SIGNED, S.IN_HAND), None, DEPARTMENT,
        needs=("question",), does=(effects.ask_citizen,), tells=((N.QUESTION, TO_CITIZEN),),
    ),
    Move(
        A.ANSWER_QUESTION, OPEN, None, CITIZEN,
        needs=("reply",), guards=(guards.question_open,), does=(effects.answer_question,),
        tells=((N.CITIZEN_WROTE, TO_DEPARTMENT),),
    ),
    Move(
        A.ADD, OPEN, None, CITIZEN,
        needs=("more",), tells=((N.CITIZEN_WROTE, TO_DEPARTMENT),),
    ),
    Move(
        A.ANSWER, _from(S.IN_HAND), S.ANSWERED, DEPARTMENT,
        needs=("result", "reply"), does=(effects.answer,),
    ),
    Move(
        A.SEND_BACK, _from(S.ANSWERED), S.IN_HAND, DISPATCHERS,
        needs=("reason",), does=(effects.send_back,), tells=((N.SENT_BACK, TO_DEPARTMENT),),
    ),
    Move(
        A.CLOSE, _from(S.ANSWERED), S.CLOSED, DISPATCHERS,
        needs=("note",), does=(effects.close,), tells=((N.CLOSED, TO_CITIZEN),),
    ),
    Move(
        A.FOLLOW_UP, _from(S.CLOSED), None, INTAKE,
        needs=("outcome", "maybe_solved", "maybe_satisfaction", "note"),
        does=(
            Since(
                RuleChange.FOLLOW_UP_HEARS,
                closing_effects.follow_up,
                closing_effects.try_follow_up,
            ),
            Since(
                RuleChange.FOLLOW_UP_HEARS, closing_effects.hear_unless_rated, closing_effects.hear
            ),
        ),
    ),
    Move(
        A.RATE, _from(S.CLOSED), None, CITIZEN,
        needs=("solved", "satisfaction", "comment"),
        guards=(guards.rating_open, Since(RuleChange.RATING_VERSIONS, guards.may_change_rating)),
        does=(closing_effects.rate,),
    ),
    Move(
        A.SAY_NOT_SOLVED, _from(S.CLOSED), None, CITIZEN,
        needs=("reason", "maybe_satisfaction"),
        guards=(
            guards.rating_open,
            Since(RuleChange.RATING_VERSIONS, guards.not_said_already, guards.may_ask_rehandling),
        ),
        does=(closing_effects.say_not_solved,),
    ),
    Move(
        A.REHANDLE, _from(S.CLOSED), S.DISPATCHED, SUPERVISORS,
        needs=("department", "investigation", "note"), guards=(guards.rehandling_pending,),
        does=(NOT_TO_COMPLAINED, closing_effects.open_next_round, effects.send),
        tells=((N.REOPENED, TO_CITIZEN), (N.ASSIGNED_WORK, TO_DEPARTMENT)),
    ),
    Move(
        A.REFUSE_REHANDLING, _from(S.CLOSED), None, SUPERVISORS,
        needs=("reason",), guards=(guards.rehandling_pending,),
        does=(closing_effects.refuse_rehandling,), tells=((N.REHANDLING_REFUSED, TO_CITIZEN),),
    ),
    Move(
        A.CHANGE_CONTACT, frozenset(State), None, CITIZEN,
        needs=("confidential",),
        guards=(Since(RuleChange.CHANGE_CONTACT, before=guards.refuse_during_upgrade),),
        does=(contact_effects.change_contact,),  # `handling/contacts.py` tells both addresses
    ),
    Move(
        A.WITHDRAW, OPEN, S.WITHDRAWN, CITIZEN,
        needs=("maybe_reason",), does=(effects.withdraw,),
        tells=((N.WITHDRAWN, TO_CITIZEN), (N.WITHDRAWN, TO_DEPARTMENT)),
    ),
    Move(
        A.REVERSE, frozenset(reversal.RETURNS_TO), None, SUPERVISORS,
        needs=("reason",),
        guards=(
            Since(RuleChange.REVERSE, reversal.may_reverse, guards.refuse_during_upgrade),
        ),
        does=(reversal.reverse,),
        tells=((N.REVERSED, TO_CITIZEN), (N.REVERSED, TO_DEPARTMENT)),
        next_state=reversal.returns_to,
    ),
    Move(
        A.AMEND, frozenset(State), None, DISPATCHERS,
        needs=(
            "kind", "category", COMPLAINED_DEPARTMENT, "district", "street", "urgent", "reason",
        ),
        does=(effects.amend,),
    ),
    Move(
        A.NEW_CODE, frozenset(State), None, DISPATCHERS,
        needs=("reason",), does=(effects.renew_code,), tells=((N.NEW_CODE, TO_CITIZEN),),
    ),
    Move(A.NOTE, frozenset(State), None, DEPARTMENT | CENTRE, needs=("internal_note",)),
)  # fmt: skip
_BY_ACTION = {move.action: move for move in MOVES}


def move_for(action: Action, state: State | None, role: Role) -> Move:
    """Give the move, or refuse: by role first, then by state.

    The system makes every move (imports, the demo city), but only from the right state.
    """
    move = _BY_ACTION[action]
    if role is not Role.SYSTEM and role not in move.by:
        raise not_allowed()
    if (state not in move.start) if state else bool(move.start):
        raise not_now(
            f"这件诉求现在的状态是“{state.zh if state else '未提交'}”，不能“{action.zh}”。",
            f"The appeal is now “{state.en if state else 'not filed'}”: "
            f"“{action.en}” is not possible.",
        )
    return move


def open_moves(case: Case, role: Role, now: datetime, book: Book) -> tuple[Move, ...]:
    """Give the moves that `role` may make now: the buttons of a case page."""
    return tuple(
        move
        for move in MOVES
        if case.state in move.start and role in move.by and _unguarded(move, case, now, book)
    )


def _unguarded(move: Move, case: Case, now: datetime, book: Book) -> bool:
    try:
        for guard in book.in_force(move.guards, now):
            guard(case, now, book)
    except Refused:
        return False
    return True


def check(move: Move, given: Given) -> None:
    """Refuse a move that lacks a need or brings a value outside a closed list."""
    check_needs(move.fields, given)


def play(case: Case, move: Move, given: Given, now: datetime, book: Book) -> None:
    """Change the case as the move says: guards, effects, state, promises. The one rule.

    The rules are those in force at `now`, aware UTC. What another system did under rules of its
    own passes no guard of ours (Rules 6). Raises Refused before anything is changed by a guard; an
    effect that refuses leaves a case that must be thrown away, as the writers do.
    """
    for guard in () if IMPORTED in given else book.in_force(move.guards, now):
        guard(case, now, book)
    for effect in book.in_force(move.does, now):
        effect(case, given, now, book)
    if move.next_state:
        case.state = move.next_state(case)
    elif move.to:
        case.state = move.to
    turn(case, move.action, now, book, starts=IMPORTED not in given)
