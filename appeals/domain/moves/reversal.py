"""REVERSE, the centre's correction of its own decision: until when, to which state (Rules 3)."""

from datetime import datetime

from appeals.domain.calendar import city_day, day_end
from appeals.domain.case import Case, ReversalFacts
from appeals.domain.messages import message
from appeals.domain.moves.context import MoveContext
from appeals.domain.refusals import not_now
from appeals.domain.rule_book import RuleBook
from appeals.domain.states import State
from appeals.domain.vocabulary import Duty

STATES_AFTER_REVERSAL = {
    State.NOT_ACCEPTED: State.FILED,
    State.ANSWERED_ON_SPOT: State.ACCEPTED,
    State.CLOSED: State.ANSWERED,
}
"""The state that each reversible decision returns the appeal to (decision 0002)."""
REVERSAL_WORKING_DAYS = 5


def require_reversible(move: MoveContext) -> None:
    """Refuse a reversal after five working days, or of a closing that the citizen has contested."""
    case = move.case
    decided = case.decided_at
    if decided is None or move.now > _last_moment(decided, move.book):
        raise not_now(
            message(
                "A decision can be taken back within %(days)s working days only.",
                days=REVERSAL_WORKING_DAYS,
            )
        )
    if case.state is State.CLOSED and case.round.rehandling_refused_at is not None:
        raise not_now(
            message(
                "The citizen has said that it is not solved and it was decided not to handle "
                "it again, so the closing cannot be taken back."
            )
        )
    if case.state is State.CLOSED and case.round.rehandling_asked_at is not None:
        raise not_now(
            message(
                "The citizen has said that it is not solved: decide whether it is handled again."
            )
        )


def _last_moment(decided: datetime, book: RuleBook) -> datetime:
    return day_end(book.calendar.add_working_days(city_day(decided), REVERSAL_WORKING_DAYS))


def state_after_reversal(case: Case) -> State:
    """Return the state that the appeal has after the reversal."""
    return STATES_AFTER_REVERSAL[case.state]


def reverse_decision(move: MoveContext) -> None:
    """Store the decision's stamps as a reversal and clear them; a closed round awaits review again.

    The finish runs on as if it had never been met: nothing pauses a clock (Rules 1). Follow-ups of
    the closing are stored with the reversal; ratings stay with the round.
    """
    case = move.case
    current = case.round
    case.reversals.append(
        ReversalFacts(
            n=len(case.reversals) + 1,
            round_n=current.n,
            reversed_at=move.now,
            taken_back=case.state,
            not_accepted_at=case.not_accepted_at,
            answered_on_spot_at=case.answered_on_spot_at,
            answered_at=current.answered_at,
            closed_at=current.closed_at,
            tried_at=current.tried_at,
            reached_at=current.reached_at,
        )
    )
    case.not_accepted_at = case.answered_on_spot_at = None
    if case.state is State.CLOSED:
        _reopen_round(case)


def _reopen_round(case: Case) -> None:
    current = case.round
    current.answered_at = current.closed_at = current.tried_at = current.reached_at = None
    current.tries = 0
    if case.dispatch is not None:
        case.dispatch.ended_at = case.dispatch.how_ended = None
    for deadline in case.deadlines:
        if deadline.duty is Duty.FINISH and deadline.round_n == current.n:
            deadline.met_at = None
