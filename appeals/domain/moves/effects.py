"""Effects: what each move changes on the case besides its state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from appeals.domain import deadlines
from appeals.domain.calendar import SHANGHAI
from appeals.domain.case import AmendmentFacts, Case, DispatchFacts, RoundFacts
from appeals.domain.contact import UNREACHABLE
from appeals.domain.messages import message
from appeals.domain.moves.context import IMPORTED, PROMISED, UNTIMED, MoveContext
from appeals.domain.moves.needs import COMPLAINED_DEPARTMENT, RESTRICTED
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.rule_book import EXTENSION
from appeals.domain.vocabulary import (
    DispatchEnd,
    Kind,
    YesNo,
)

Effect = Callable[[MoveContext], None]
MAX_DAYS_DIGITS = 3


def current_dispatch(case: Case) -> DispatchFacts:
    """Return the newest dispatch. Raises Refused (not now) if there is none."""
    if case.dispatch is None:
        raise not_now(message("This appeal has not been dispatched."))
    return case.dispatch


def open_first_round(move: MoveContext) -> None:
    """Open round 1 on filing, so that an appeal never dispatched does not count as complete."""
    move.case.rounds.append(RoundFacts(1, opened_at=move.now))


def stamp_acceptance(move: MoveContext) -> None:
    """Stamp the acceptance."""
    move.case.accepted_at = move.known_moment


def stamp_refused_acceptance(move: MoveContext) -> None:
    """Stamp the decision not to accept."""
    move.case.not_accepted_at = move.now


def stamp_answer_on_spot(move: MoveContext) -> None:
    """Stamp the answer on the spot, and with it the acceptance (Rules 4, answered on the spot)."""
    move.case.accepted_at = move.case.accepted_at or move.known_moment
    move.case.answered_on_spot_at = move.now


def open_dispatch(move: MoveContext) -> None:
    """Open a dispatch to the given department.

    If the centre changes the urgency here, that is recorded as an amendment like any other (Rules
    3); the deadlines that start with the dispatch use the new urgency.
    """
    case, given = move.case, move.given
    stood = _current_classification(move)
    if given.get("urgent"):
        case.urgent = given["urgent"] == YesNo.YES
    if case.urgent != stood.urgent:
        case.amendments.append(stood)
    case.investigation = given.get("investigation") == YesNo.YES
    if case.dispatch is not None and case.dispatch.round_n == case.round.n:
        case.dispatch.until_at = move.now
    case.dispatches.append(
        DispatchFacts(
            n=len(case.dispatches) + 1,
            round_n=case.round.n,
            department=given["department"],
            sent_at=move.now,
            unreachable_at=move.now if UNREACHABLE in given else None,
        )
    )
    case.round.first_dispatched_at = case.round.first_dispatched_at or move.now
    case.holder = given["department"]
    case.assignee = None
    if given.get(PROMISED):
        due = datetime.fromisoformat(given[PROMISED])
        deadlines.add_imported_finish(case, due, move.now, move.book)


def hand_over_dispatch(move: MoveContext) -> None:
    """Let the successor continue the dispatch: every promise and stamp stays as it is.

    The running deadlines of the dispatch belong to the row that continues it. Whom the case was
    assigned to is open again: that person was of the department that ended.
    """
    case, former = move.case, current_dispatch(move.case)
    continued = replace(
        former,
        n=len(case.dispatches) + 1,
        department=move.given["department"],
        since_at=move.now,
    )
    former.ended_at, former.how_ended = move.now, DispatchEnd.HANDED_OVER
    former.until_at = move.now
    case.dispatches.append(continued)
    for deadline in case.deadlines:
        if deadline.is_running and deadline.dispatch_n == former.n:
            deadline.dispatch_n = continued.n
    case.holder, case.assignee = continued.department, None


def recall_dispatch(move: MoveContext) -> None:
    """End the dispatch as recalled; the centre holds the appeal again."""
    dispatch = current_dispatch(move.case)
    dispatch.ended_at, dispatch.how_ended = move.now, DispatchEnd.RECALLED
    move.case.holder = move.case.assignee = None


def stamp_return_request(move: MoveContext) -> None:
    """Stamp the request for a return; after a refusal a new request overwrites the stamp."""
    current_dispatch(move.case).return_asked_at = move.now


def end_returned_dispatch(move: MoveContext) -> None:
    """End the dispatch as returned; `open_dispatch` follows in the same move."""
    dispatch = current_dispatch(move.case)
    dispatch.ended_at, dispatch.how_ended = move.now, DispatchEnd.RETURNED


def sign_dispatch(move: MoveContext) -> None:
    """Stamp the signing."""
    current_dispatch(move.case).signed_at = move.known_moment


def parse_moment(text: str) -> datetime:
    """Parse a form's moment, Asia/Shanghai unless it has an offset. Raises Refused (not valid)."""
    try:
        typed = datetime.fromisoformat(text)
        return (typed if typed.tzinfo else typed.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: in UTC it would lie before year 1
        raise not_valid("when", message("Enter a date and a time.")) from None


def request_extension(move: MoveContext) -> None:
    """Record the requested working days, at most the limit in force (Rules 2).

    Imported requests have a time but no number of days.
    """
    if IMPORTED in move.given:
        move.case.round.extension_asked_at = move.now
        return
    most = move.book.limit(EXTENSION, move.case, move.now)
    typed = move.given["days"]
    days = int(typed) if typed.isdecimal() and len(typed) <= MAX_DAYS_DIGITS else 0
    if most is None or not 1 <= days <= most.amount:
        amount = most.amount if most else 0
        raise not_valid("days", message("Enter 1 to %(most)s working days.", most=amount))
    move.case.round.extension_asked_at, move.case.round.extension_days = move.now, days


def grant_extension(move: MoveContext) -> None:
    """Extend the finish date; no other move does this (Rules 1)."""
    current = move.case.round
    if IMPORTED not in move.given:
        current.extended_due_at = deadlines.extend_finish(
            move.case, current.extension_days or 0, move.book
        )
    elif move.given.get(PROMISED):
        due = datetime.fromisoformat(move.given[PROMISED])
        deadlines.extend_imported_finish(move.case, due, move.book)
        current.extended_due_at = due
    current.extension_granted_at = move.now


def refuse_extension(move: MoveContext) -> None:
    """Stamp the refusal of the extension."""
    move.case.round.extension_refused_at = move.now


def assign_officer(move: MoveContext) -> None:
    """Assign the case to one officer of the department."""
    move.case.assignee = int(move.given["officer"])


def open_question(move: MoveContext) -> None:
    """Mark a question to the citizen as open; no clock stops (Rules 1)."""
    move.case.question_open = True


def close_question(move: MoveContext) -> None:
    """Mark the question as answered."""
    move.case.question_open = False


def submit_answer(move: MoveContext) -> None:
    """Stamp an answer: the dispatch keeps its first (feedback), the round its newest, for review.

    If the source gives no time, the round has no answer time and is in no measure of days (Rules
    6).
    """
    dispatch = current_dispatch(move.case)
    dispatch.answered_at = dispatch.answered_at or move.now
    move.case.round.answer_given_at = move.known_moment


def send_answer_back(move: MoveContext) -> None:
    """Clear the answer that waits for review; the finish keeps running."""
    move.case.round.answer_given_at = None


def close_round(move: MoveContext) -> None:
    """Accept the waiting answer and close the round."""
    dispatch = current_dispatch(move.case)
    dispatch.ended_at, dispatch.how_ended = move.now, DispatchEnd.ANSWERED
    move.case.round.answered_at, move.case.round.closed_at = (
        move.case.round.answer_given_at,
        move.now,
    )
    move.case.question_open = False


def withdraw_appeal(move: MoveContext) -> None:
    """Stamp the withdrawal; one without a known time is in no measure of dates (Rules 6)."""
    move.case.withdrawn_at = move.now
    if UNTIMED in move.given:
        move.case.round.original_due_at = move.case.round.extended_due_at = None


def amend_classification(move: MoveContext) -> None:
    """Correct the classification and record the previous one as an amendment (Rules 4).

    The department complained about is not part of the classification: changing it alone records no
    amendment.
    """
    case, given = move.case, move.given
    stood, complained = _current_classification(move), case.complained_department
    case.restricted = case.restricted or RESTRICTED in given
    case.complained_department = given.get(COMPLAINED_DEPARTMENT) or complained
    if given.get("kind"):
        case.kind = Kind(given["kind"])
    case.category = given.get("category") or case.category
    if given.get("district"):
        case.district, case.street = given["district"], given.get("street") or None
    if given.get("urgent"):
        case.urgent = given["urgent"] == YesNo.YES
    if _current_classification(move) != stood:
        case.amendments.append(stood)
    elif case.complained_department == complained:
        raise not_valid("kind", message("Nothing was corrected."))


def _current_classification(move: MoveContext) -> AmendmentFacts:
    """Return the current classification as an amendment, stored if a correction replaces it."""
    case = move.case
    return AmendmentFacts(
        n=len(case.amendments) + 1,
        amended_at=move.now,
        kind=case.kind,
        category=case.category,
        district=case.district,
        street=case.street,
        urgent=case.urgent,
    )


def renew_query_code(move: MoveContext) -> None:
    """Invalidate the old query code; the next generation is derived from the same form key."""
    move.case.code_generation += 1
