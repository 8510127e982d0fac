"""What moves about the first contact write on the case (Rules 1, met by)."""

from datetime import datetime

from appeals.domain import deadlines
from appeals.domain.case import Case, ContactTryFacts
from appeals.domain.contact import UNREACHABLE, contact_by_tries
from appeals.domain.effects import UNTIMED, Given, current_dispatch, typed_moment
from appeals.domain.refusals import not_valid
from appeals.domain.rule_book import Book
from appeals.domain.states import Action
from appeals.domain.vocabulary import ContactHow, Duty, YesNo


def contact(case: Case, given: Given, now: datetime, book: Book) -> None:
    """Stamp the first contact at the time the officer gives, or take its promise away."""
    del book
    when = _moment_of_contact(case, given, now)
    if given.get("how") != ContactHow.NOT_POSSIBLE:
        current_dispatch(case).contacted_at = None if UNTIMED in given else when
    elif UNREACHABLE in given:
        _void_promise(case, now)
    else:
        raise not_valid(
            "how",
            "市民留有联系方式，您可以联系。没有联系上的，请登记“未联系上”。",
            "The citizen can be reached. If nobody answers, record a failed try.",
        )


def try_contact(case: Case, given: Given, now: datetime, book: Book) -> None:
    """Record a failed try; with the third that counts, the tries are the first contact."""
    dispatch = current_dispatch(case)
    case.contact_tries.append(
        ContactTryFacts(
            n=len(case.contact_tries) + 1,
            dispatch_n=dispatch.n,
            tried_at=_moment_of_contact(case, given, now),
            message_left=given["message_left"] == YesNo.YES,
        )
    )
    dispatch.contacted_at = contact_by_tries(case, book.calendar)
    if dispatch.contacted_at is not None:
        deadlines.turn(case, Action.CONTACT, now, book)


def is_contacted(case: Case) -> bool:
    """Return whether the citizen counts as contacted by the department in hand."""
    return case.dispatch is not None and case.dispatch.contacted_at is not None


def change_contact(case: Case, given: Given, now: datetime, book: Book) -> None:
    """Take a running promise of contact away where the citizen cannot be reached any more."""
    del book
    promise = case.running(Duty.CONTACT)
    if UNREACHABLE in given and promise is not None and now <= promise.due_at:
        _void_promise(case, now)


def _void_promise(case: Case, now: datetime) -> None:
    """End the promise of contact; a missed one stays missed in the contact rate."""
    promise = case.running(Duty.CONTACT)
    if promise is None:
        return
    promise.ended_at = now
    if now <= promise.due_at:
        current_dispatch(case).unreachable_at = now


def _moment_of_contact(case: Case, given: Given, now: datetime) -> datetime:
    when = typed_moment(given["when"]) if given.get("when") else now
    if not current_dispatch(case).sent_at <= when <= now:
        raise not_valid(
            "when",
            "联系时间应在派单之后、现在之前。",
            "The contact must lie between the dispatch and now.",
        )
    return when
