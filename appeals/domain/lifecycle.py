"""The state machine of an appeal as one table: `MOVES`.

Each row says from which states a move leads to which, who may make it, which fields it needs and
whom it notifies (Rules 3). Everything generic reads this table: single moves, bulk writing, the
replay, the buttons and the forms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from appeals.domain.case import Case
from appeals.domain.deadlines import update_deadlines
from appeals.domain.messages import message
from appeals.domain.moves import (
    closing_effects,
    contact_effects,
    effects,
    guards,
    recognition,
    restriction,
    reversal,
    urging,
)
from appeals.domain.moves.context import IMPORTED, MoveContext
from appeals.domain.moves.effects import Effect
from appeals.domain.moves.guards import Guard
from appeals.domain.moves.needs import CHANNEL, COMPLAINED_DEPARTMENT, NEEDS, RECOGNISED_BY, Need
from appeals.domain.people import CENTRE, DEPARTMENT, HELPERS, Role
from appeals.domain.refusals import Refused, not_allowed, not_now
from appeals.domain.rule_book import RuleBook, RuleChange, Since
from appeals.domain.states import OPEN, WITH_DEPARTMENT, Action, State
from appeals.domain.vocabulary import Audience, NoticeKind

S = State
A = Action
N = NoticeKind
CITIZEN = frozenset({Role.CITIZEN})
SUPERVISORS = frozenset({Role.SUPERVISOR})
DISPATCHERS = SUPERVISORS | {Role.DISPATCHER}
INTAKE = DISPATCHERS | {Role.OPERATOR}
"""Dispatchers make every move of an operator, supervisors every move of a dispatcher (Rules 3)."""
FILERS = CITIZEN | INTAKE
LEADERS = frozenset({Role.LEADER})
TO_CITIZEN = Audience.CITIZEN
TO_DEPARTMENT = Audience.DEPARTMENT
NOT_TO_COMPLAINED: Since[Effect] = Since(
    RuleChange.COMPLAINED_DEPARTMENT, restriction.refuse_complained_department
)
"""Precedes every effect that sends an appeal to a department."""
FOR_RECOGNISED: Since[Effect] = Since(
    RuleChange.FOR_CALLERS, recognition.require_recognition, recognition.refuse_for_caller
)
FOR_SURELY_RECOGNISED: Since[Effect] = Since(
    RuleChange.FOR_CALLERS, recognition.require_number_or_code, recognition.refuse_for_caller
)
"""Precede the effects of a move that the centre makes for a caller (Rules 8)."""


@dataclass(frozen=True)
class MoveRule:
    """One kind of move: its states, roles, fields, guards, effects and notices.

    `start` is empty for filing. `to` is None where the state stays the same or depends on the case;
    in the latter case `next_state` computes it after the effects. `for_caller` is a move that the
    centre makes for a citizen who calls: it records through which channel, and how she was
    recognised (Rules 8). `hidden_fields` are carried by the form and not typed.
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
    for_caller: bool = False
    hidden_fields: tuple[Need, ...] = ()

    @cached_property
    def fields(self) -> tuple[Need, ...]:
        """The fields of the move's form, in order."""
        return tuple(NEEDS[name] for name in self.needs)

    @cached_property
    def recorded_fields(self) -> tuple[Need, ...]:
        """What a recorded move can say: the fields of its form, and those of a caller."""
        caller = (NEEDS[CHANNEL], NEEDS[RECOGNISED_BY]) if self.for_caller else ()
        return (*self.fields, *self.hidden_fields, *caller)

    def check_role(self, role: Role) -> None:
        """Refuse (not allowed) a role that may not make the move; the system may make all."""
        if role is not Role.SYSTEM and role not in self.by:
            raise not_allowed()


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


def _state_before_return(case: Case) -> State:
    return State.SIGNED if case.dispatch and case.dispatch.signed_at else State.DISPATCHED


MOVES: tuple[MoveRule, ...] = (
    MoveRule(
        A.FILE, _states(), S.FILED, FILERS,
        does=(effects.open_first_round,), tells=((N.FILED, TO_CITIZEN),),
    ),
    MoveRule(
        A.ACCEPT, _states(S.FILED), S.ACCEPTED, INTAKE,
        does=(effects.stamp_acceptance,), tells=((N.ACCEPTED, TO_CITIZEN),),
    ),
    MoveRule(
        A.NOT_ACCEPT, _states(S.FILED), S.NOT_ACCEPTED, INTAKE,
        needs=("not_accepted_reason", "route"), does=(effects.stamp_refused_acceptance,),
        tells=((N.NOT_ACCEPTED, TO_CITIZEN),),
    ),
    MoveRule(
        A.ANSWER_ON_SPOT, _states(S.FILED, S.ACCEPTED), S.ANSWERED_ON_SPOT, INTAKE,
        needs=("reply",), guards=(guards.refuse_if_dispatched,),
        does=(effects.stamp_answer_on_spot,), tells=((N.ANSWERED_ON_SPOT, TO_CITIZEN),),
    ),
    MoveRule(
        A.DISPATCH, _states(S.ACCEPTED), S.DISPATCHED, DISPATCHERS,
        needs=("department", "dispatch_urgent", "investigation", "note"),
        does=(NOT_TO_COMPLAINED, effects.open_dispatch),
        tells=((N.DISPATCHED, TO_CITIZEN), (N.ASSIGNED_WORK, TO_DEPARTMENT)),
    ),
    MoveRule(
        A.RECALL, _states(S.DISPATCHED), S.ACCEPTED, DISPATCHERS,
        needs=("reason",), does=(effects.recall_dispatch,), tells=((N.RECALLED, TO_DEPARTMENT),),
    ),
    MoveRule(A.SIGN, _states(S.DISPATCHED), S.SIGNED, DEPARTMENT, does=(effects.sign_dispatch,)),
    MoveRule(
        A.CONTACT, _states(S.SIGNED), S.IN_HAND, DEPARTMENT,
        needs=("how", "when", "note"), does=(contact_effects.record_contact,),
    ),
    MoveRule(
        A.TRY_CONTACT, _states(S.SIGNED), None, DEPARTMENT,
        needs=("tried_how", "message_left", "when", "note"),
        guards=(Since(RuleChange.TRY_CONTACT, before=guards.refuse_during_upgrade),),
        does=(contact_effects.record_contact_try,),
        next_state=contact_effects.state_after_try,
    ),
    MoveRule(
        A.ASK_RETURN, _states(S.DISPATCHED, S.SIGNED), S.RETURN_ASKED, DEPARTMENT,
        needs=("return_reason", "reason"),
        guards=(guards.refuse_binding_dispatch, guards.require_return_window),
        does=(effects.stamp_return_request,),
    ),
    MoveRule(
        A.GRANT_RETURN, _states(S.RETURN_ASKED), S.DISPATCHED, DISPATCHERS,
        needs=("department", "investigation", "note"),
        does=(NOT_TO_COMPLAINED, effects.end_returned_dispatch, effects.open_dispatch),
        tells=((N.DISPATCHED, TO_CITIZEN), (N.ASSIGNED_WORK, TO_DEPARTMENT)),
    ),
    MoveRule(
        A.REFUSE_RETURN, _states(S.RETURN_ASKED), None, DISPATCHERS,
        needs=("reason",), tells=((N.RETURN_REFUSED, TO_DEPARTMENT),),
        next_state=_state_before_return,
    ),
    MoveRule(
        A.ASK_EXTENSION, WITH_DEPARTMENT, None, LEADERS,
        needs=("days", "reason"), guards=(guards.require_extendable,),
        does=(effects.request_extension,),
    ),
    MoveRule(
        A.GRANT_EXTENSION, WITH_DEPARTMENT, None, SUPERVISORS,
        needs=("note",), guards=(guards.require_pending_extension,),
        does=(effects.grant_extension,),
        tells=((N.EXTENDED, TO_CITIZEN), (N.EXTENDED, TO_DEPARTMENT)),
    ),
    MoveRule(
        A.REFUSE_EXTENSION, WITH_DEPARTMENT, None, SUPERVISORS,
        needs=("reason",), guards=(guards.require_pending_extension,),
        does=(effects.refuse_extension,), tells=((N.EXTENSION_REFUSED, TO_DEPARTMENT),),
    ),
    MoveRule(
        A.ASSIGN, WITH_DEPARTMENT, None, LEADERS,
        needs=("officer",), does=(effects.assign_officer,),
    ),
    MoveRule(
        A.ASK_CITIZEN, _states(S.SIGNED, S.IN_HAND), None, DEPARTMENT,
        needs=("question",), does=(effects.open_question,), tells=((N.QUESTION, TO_CITIZEN),),
    ),
    MoveRule(
        A.ANSWER_QUESTION, OPEN, None, CITIZEN | HELPERS,
        needs=("reply",), guards=(guards.require_open_question,), does=(effects.close_question,),
        tells=((N.CITIZEN_WROTE, TO_DEPARTMENT),),
    ),
    MoveRule(
        A.ADD, OPEN, None, FILERS | HELPERS,
        needs=("more",), does=(FOR_RECOGNISED,), tells=((N.CITIZEN_WROTE, TO_DEPARTMENT),),
        for_caller=True,
    ),
    MoveRule(
        A.URGE, WITH_DEPARTMENT, None, FILERS | HELPERS,
        needs=("maybe_reason",),
        guards=(
            Since(RuleChange.URGING, before=guards.refuse_during_upgrade),
            urging.refuse_repeated_urging,
        ),
        does=(urging.count_urging,), tells=((N.URGED, TO_DEPARTMENT),),
        for_caller=True,
    ),
    MoveRule(
        A.ENQUIRE, frozenset(State), None, INTAKE,
        needs=("note",),
        guards=(Since(RuleChange.URGING, before=guards.refuse_during_upgrade),),
        does=(FOR_RECOGNISED,),
        for_caller=True,
    ),
    MoveRule(
        A.ANSWER, _states(S.IN_HAND), S.ANSWERED, DEPARTMENT,
        needs=("result", "reply"), does=(effects.submit_answer,),
        hidden_fields=(NEEDS["used_template"],),
    ),
    MoveRule(
        A.SEND_BACK, _states(S.ANSWERED), S.IN_HAND, DISPATCHERS,
        needs=("reason",), does=(effects.send_answer_back,), tells=((N.SENT_BACK, TO_DEPARTMENT),),
    ),
    MoveRule(
        A.CLOSE, _states(S.ANSWERED), S.CLOSED, DISPATCHERS,
        needs=("note",), does=(effects.close_round,), tells=((N.CLOSED, TO_CITIZEN),),
    ),
    MoveRule(
        A.FOLLOW_UP, _states(S.CLOSED), None, INTAKE,
        needs=("outcome", "maybe_solved", "maybe_satisfaction", "note"),
        does=(
            Since(
                RuleChange.FOLLOW_UP_HEARS,
                closing_effects.record_follow_up,
                closing_effects.count_follow_up,
            ),
            Since(
                RuleChange.FOLLOW_UP_HEARS,
                closing_effects.record_heard_unless_rated,
                closing_effects.record_heard_rating,
            ),
        ),
    ),
    MoveRule(
        A.RATE, _states(S.CLOSED), None, CITIZEN,
        needs=("solved", "satisfaction", "comment"),
        guards=(
            guards.require_open_rating,
            Since(RuleChange.RATING_VERSIONS, guards.require_rating_version_left),
        ),
        does=(closing_effects.record_rating,),
    ),
    MoveRule(
        A.SAY_NOT_SOLVED, _states(S.CLOSED), None, FILERS,
        needs=("reason", "maybe_satisfaction"),
        guards=(
            guards.require_open_rating,
            Since(
                RuleChange.RATING_VERSIONS,
                guards.refuse_repeated_not_solved,
                guards.refuse_second_rehandling_request,
            ),
        ),
        does=(FOR_SURELY_RECOGNISED, closing_effects.say_not_solved),
        for_caller=True,
    ),
    MoveRule(
        A.REHANDLE, _states(S.CLOSED), S.DISPATCHED, SUPERVISORS,
        needs=("department", "investigation", "note"), guards=(guards.require_pending_rehandling,),
        does=(NOT_TO_COMPLAINED, closing_effects.open_next_round, effects.open_dispatch),
        tells=((N.REOPENED, TO_CITIZEN), (N.ASSIGNED_WORK, TO_DEPARTMENT)),
    ),
    MoveRule(
        A.REFUSE_REHANDLING, _states(S.CLOSED), None, SUPERVISORS,
        needs=("reason",), guards=(guards.require_pending_rehandling,),
        does=(closing_effects.refuse_rehandling,), tells=((N.REHANDLING_REFUSED, TO_CITIZEN),),
    ),
    MoveRule(
        A.CHANGE_CONTACT, frozenset(State), None, FILERS,
        needs=("confidential",),
        guards=(Since(RuleChange.CHANGE_CONTACT, before=guards.refuse_during_upgrade),),
        # no `tells`: `handling/contacts.py` notifies the old and the new address
        does=(FOR_SURELY_RECOGNISED, contact_effects.void_contact_if_unreachable),
        for_caller=True,
    ),
    MoveRule(
        A.WITHDRAW, OPEN, S.WITHDRAWN, FILERS,
        needs=("maybe_reason",), does=(FOR_SURELY_RECOGNISED, effects.withdraw_appeal),
        tells=((N.WITHDRAWN, TO_CITIZEN), (N.WITHDRAWN, TO_DEPARTMENT)),
        for_caller=True,
    ),
    MoveRule(
        A.REVERSE, frozenset(reversal.STATES_AFTER_REVERSAL), None, SUPERVISORS,
        needs=("reason",),
        guards=(
            Since(RuleChange.REVERSE, reversal.require_reversible, guards.refuse_during_upgrade),
        ),
        does=(reversal.reverse_decision,),
        tells=((N.REVERSED, TO_CITIZEN), (N.REVERSED, TO_DEPARTMENT)),
        next_state=reversal.state_after_reversal,
    ),
    MoveRule(
        A.AMEND, frozenset(State), None, DISPATCHERS,
        needs=(
            "kind", "category", COMPLAINED_DEPARTMENT, "district", "street", "urgent", "reason",
        ),
        does=(effects.amend_classification,),
    ),
    MoveRule(
        A.NEW_CODE, frozenset(State), None, INTAKE,
        needs=("maybe_reason",),
        does=(
            Since(
                RuleChange.FOR_CALLERS,
                recognition.require_number_or_code,
                recognition.refuse_to_operator,
            ),
            effects.renew_query_code,
        ),
        tells=((N.NEW_CODE, TO_CITIZEN),),
        for_caller=True,
    ),
    MoveRule(  # by nobody: the system makes it when a department has ended
        A.HAND_OVER, WITH_DEPARTMENT, None, frozenset(),
        needs=("department",),
        guards=(Since(RuleChange.HAND_OVER, before=guards.refuse_during_upgrade),),
        does=(NOT_TO_COMPLAINED, effects.hand_over_dispatch),
    ),
    MoveRule(A.NOTE, frozenset(State), None, DEPARTMENT | CENTRE, needs=("internal_note",)),
)  # fmt: skip
MOVE_RULES = {rule.action: rule for rule in MOVES}


def find_move_rule(action: Action, state: State | None, role: Role) -> MoveRule:
    """Return the rule of a move, or refuse it: first by role, then by state.

    The role SYSTEM (imports, the demo city) may make every move, but only from a permitted state.
    """
    move = MOVE_RULES[action]
    move.check_role(role)
    if (state not in move.start) if state else bool(move.start):
        raise not_now(
            message(
                "The appeal is now “%(state)s”: “%(action)s” is not possible.",
                state=state or message("not filed"),
                action=action,
            )
        )
    return move


def can_start(action: Action, state: State, role: Role) -> bool:
    """Return whether `role` may make a move from a state, as far as the guards allow it."""
    rule = MOVE_RULES[action]
    return state in rule.start and role in rule.by


def list_open_moves(case: Case, role: Role, now: datetime, book: RuleBook) -> tuple[MoveRule, ...]:
    """Return the moves that `role` may make now; a case page shows them as buttons."""
    context = MoveContext(case, {}, role, now, book)
    return tuple(
        rule
        for rule in MOVES
        if can_start(rule.action, case.state, role) and _passes_guards(rule, context)
    )


def _passes_guards(rule: MoveRule, context: MoveContext) -> bool:
    try:
        _check_guards(rule, context)
    except Refused:
        return False
    return True


def _check_guards(rule: MoveRule, context: MoveContext) -> None:
    for guard in context.book.in_force(rule.guards, context.now):
        guard(context)


def play_move(rule: MoveRule, context: MoveContext) -> None:
    """Apply a move to its case: guards, effects, next state, deadlines.

    The rules are those in force at the context's moment. Imported moves skip the guards: another
    system made them under rules of its own (Rules 6). A guard raises Refused before anything has
    changed; after an effect raises it, the case is half changed and the caller must discard it.
    """
    case, now, book = context.case, context.now, context.book
    is_imported = IMPORTED in context.given
    if not is_imported:
        _check_guards(rule, context)
    for effect in book.in_force(rule.does, now):
        effect(context)
    if rule.next_state:
        case.state = rule.next_state(case)
    elif rule.to:
        case.state = rule.to
    update_deadlines(case, rule.action, now, book, starts=not is_imported)
