"""Effects of the moves about first contact (Rules 1, met by)."""

from datetime import datetime

from appeals.domain import deadlines
from appeals.domain.case import Case, ContactTryFacts, DeadlineFacts
from appeals.domain.clocks import has_passed
from appeals.domain.contact import UNREACHABLE, contacted_by_tries_at
from appeals.domain.moves.effects import UNTIMED, MoveInput, current_dispatch, parse_moment
from appeals.domain.moves.guards import refuse_during_upgrade
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.rule_book import RuleBook, RuleChange
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ContactHow, Duty, YesNo


def record_contact(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the first contact at the officer's time, or end its deadline as not possible."""
    when = _moment_of_contact(case, given, now)
    if given.get("how") != ContactHow.NOT_POSSIBLE:
        current_dispatch(case).contacted_at = None if UNTIMED in given else when
    elif not book.holds(RuleChange.TRY_CONTACT, now):
        refuse_during_upgrade(case, now, book)
    elif UNREACHABLE in given:
        _void_promise(case, now, book)
    else:
        raise not_valid(
            "how",
            "市民留有联系方式，您可以联系。没有联系上的，请登记“未联系上”。",
            "The citizen can be reached. If nobody answers, record a failed try.",
        )


def record_contact_try(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Record a failed try; the third that counts is the first contact (Rules 1)."""
    if UNREACHABLE in given:
        raise not_now(
            "没有可用的联系方式，请登记“无法联系”。",
            "There is no way to reach the citizen: record that contact is not possible.",
        )
    dispatch = current_dispatch(case)
    case.contact_tries.append(
        ContactTryFacts(
            n=len(case.contact_tries) + 1,
            dispatch_n=dispatch.n,
            tried_at=_moment_of_contact(case, given, now),
            message_left=given["message_left"] == YesNo.YES,
        )
    )
    dispatch.contacted_at = contacted_by_tries_at(case, book.calendar)
    if dispatch.contacted_at is not None:
        deadlines.update_deadlines(case, Action.CONTACT, now, book)


def state_after_try(case: Case) -> State:
    """Return IN_HAND once the tries count as first contact, otherwise the current state."""
    return case.state if current_dispatch(case).contacted_at is None else State.IN_HAND


def void_contact_if_unreachable(
    case: Case, given: MoveInput, now: datetime, book: RuleBook
) -> None:
    """End a running contact deadline if a changed contact leaves no way to reach the citizen.

    An overdue deadline stays as it is.
    """
    promise = case.running(Duty.CONTACT)
    if UNREACHABLE in given and promise is not None and not _is_missed(promise, now, book):
        _void_promise(case, now, book)


def _void_promise(case: Case, now: datetime, book: RuleBook) -> None:
    """End the contact deadline; if it was overdue, it still counts as missed."""
    promise = case.running(Duty.CONTACT)
    if promise is None:
        return
    promise.ended_at = now
    if not _is_missed(promise, now, book):
        current_dispatch(case).unreachable_at = now


def _is_missed(promise: DeadlineFacts, now: datetime, book: RuleBook) -> bool:
    if book.holds(RuleChange.WHOLE_SECONDS, now):
        return has_passed(promise.due_at, now)
    return now > promise.due_at


def _moment_of_contact(case: Case, given: MoveInput, now: datetime) -> datetime:
    when = parse_moment(given["when"]) if given.get("when") else now
    if not current_dispatch(case).sent_at <= when <= now:
        raise not_valid(
            "when",
            "联系时间应在派单之后、现在之前。",
            "The contact must lie between the dispatch and now.",
        )
    return when
