"""Effects of the moves about first contact (Rules 1, met by)."""

from datetime import datetime

from appeals.domain import deadlines
from appeals.domain.case import Case, ContactTryFacts, DeadlineFacts
from appeals.domain.clocks import has_passed
from appeals.domain.contact import UNREACHABLE, contacted_by_tries_at
from appeals.domain.messages import message
from appeals.domain.moves.context import UNTIMED, MoveContext
from appeals.domain.moves.effects import current_dispatch, parse_moment
from appeals.domain.moves.guards import refuse_during_upgrade
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ContactHow, Duty, YesNo


def record_contact(move: MoveContext) -> None:
    """Stamp the first contact at the officer's time, or end its deadline as not possible."""
    when = _moment_of_contact(move)
    if move.given.get("how") != ContactHow.NOT_POSSIBLE:
        current_dispatch(move.case).contacted_at = None if UNTIMED in move.given else when
    elif not move.book.holds(RuleChange.TRY_CONTACT, move.now):
        refuse_during_upgrade(move)
    elif UNREACHABLE in move.given:
        _void_promise(move)
    else:
        raise not_valid(
            "how", message("The citizen can be reached. If nobody answers, record a failed try.")
        )


def record_contact_try(move: MoveContext) -> None:
    """Record a failed try; the third that counts is the first contact (Rules 1)."""
    if UNREACHABLE in move.given:
        raise not_now(
            message("There is no way to reach the citizen: record that contact is not possible.")
        )
    dispatch = current_dispatch(move.case)
    move.case.contact_tries.append(
        ContactTryFacts(
            n=len(move.case.contact_tries) + 1,
            dispatch_n=dispatch.n,
            tried_at=_moment_of_contact(move),
            message_left=move.given["message_left"] == YesNo.YES,
        )
    )
    dispatch.contacted_at = contacted_by_tries_at(move.case, move.book.calendar)
    if dispatch.contacted_at is not None:
        deadlines.update_deadlines(move.case, Action.CONTACT, move.now, move.book)


def state_after_try(case: Case) -> State:
    """Return IN_HAND once the tries count as first contact, otherwise the current state."""
    return case.state if current_dispatch(case).contacted_at is None else State.IN_HAND


def void_contact_if_unreachable(move: MoveContext) -> None:
    """End a running contact deadline if a changed contact leaves no way to reach the citizen.

    An overdue deadline stays as it is.
    """
    promise = move.case.running(Duty.CONTACT)
    if UNREACHABLE in move.given and promise is not None and not _is_missed(promise, move):
        _void_promise(move)


def _void_promise(move: MoveContext) -> None:
    """End the contact deadline; if it was overdue, it still counts as missed."""
    promise = move.case.running(Duty.CONTACT)
    if promise is None:
        return
    promise.ended_at = move.now
    if not _is_missed(promise, move):
        current_dispatch(move.case).unreachable_at = move.now


def _is_missed(promise: DeadlineFacts, move: MoveContext) -> bool:
    if move.book.holds(RuleChange.WHOLE_SECONDS, move.now):
        return has_passed(promise.due_at, move.now)
    return move.now > promise.due_at


def _moment_of_contact(move: MoveContext) -> datetime:
    when = parse_moment(move.given["when"]) if move.given.get("when") else move.now
    if not current_dispatch(move.case).sent_at <= when <= move.now:
        raise not_valid("when", message("The contact must lie between the dispatch and now."))
    return when
