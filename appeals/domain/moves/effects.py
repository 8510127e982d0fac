"""Effects: what each move changes on the case besides its state.

`given` holds the move's form values as text, keyed by the names in `needs.NEEDS`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from appeals.domain import deadlines
from appeals.domain.calendar import SHANGHAI
from appeals.domain.case import AmendmentFacts, Case, DispatchFacts, RoundFacts
from appeals.domain.contact import UNREACHABLE
from appeals.domain.moves.needs import COMPLAINED_DEPARTMENT, RESTRICTED
from appeals.domain.refusals import not_now, not_valid
from appeals.domain.rule_book import EXTENSION, RuleBook
from appeals.domain.vocabulary import (
    DispatchEnd,
    Kind,
    YesNo,
)

MoveInput = Mapping[str, str]
Effect = Callable[[Case, MoveInput, datetime, RuleBook], None]
IMPORTED = "imported"
"""Set on every move of an import: it starts no deadline of ours (Rules 6)."""
UNTIMED = "untimed"
"""Set on an imported move whose time the source lacks (Rules 6).

Its stamp stays empty, except where an appeal ends without closing (not accepted, answered on the
spot, withdrawn): these are counted by their stamp.
"""
MAX_DAYS_DIGITS = 3
PROMISED = "promised"
"""The due moment promised by another system, ISO 8601; empty if it promised none.

On a dispatch it is the finish; on a granted extension, the extended finish.
"""


def _known_moment(given: MoveInput, now: datetime) -> datetime | None:
    return None if UNTIMED in given else now


def current_dispatch(case: Case) -> DispatchFacts:
    """Return the newest dispatch. Raises Refused (not now) if there is none."""
    if case.dispatch is None:
        raise not_now("这件诉求还没有派单。", "This appeal has not been dispatched.")
    return case.dispatch


def open_first_round(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Open round 1 on filing, so that an appeal never dispatched does not count as complete."""
    del given, book
    case.rounds.append(RoundFacts(1, opened_at=now))


def stamp_acceptance(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the acceptance."""
    del book
    case.accepted_at = _known_moment(given, now)


def stamp_refused_acceptance(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the decision not to accept."""
    del given, book
    case.not_accepted_at = now


def stamp_answer_on_spot(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the answer on the spot, and with it the acceptance (Rules 4, answered on the spot)."""
    del book
    case.accepted_at = case.accepted_at or _known_moment(given, now)
    case.answered_on_spot_at = now


def open_dispatch(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Open a dispatch to the given department.

    If the centre changes the urgency here, that is recorded as an amendment like any other (Rules
    3); the deadlines that start with the dispatch use the new urgency.
    """
    stood = _current_classification(case, now)
    if given.get("urgent"):
        case.urgent = given["urgent"] == YesNo.YES
    if case.urgent != stood.urgent:
        case.amendments.append(stood)
    case.investigation = given.get("investigation") == YesNo.YES
    if case.dispatch is not None:
        if case.dispatch.round_n == case.round.n:
            case.dispatch.until_at = now
        number = case.dispatch.n + 1
    else:
        number = 1
    unreachable_at = now if UNREACHABLE in given else None
    case.dispatches.append(
        DispatchFacts(number, case.round.n, given["department"], now, unreachable_at=unreachable_at)
    )
    case.round.first_dispatched_at = case.round.first_dispatched_at or now
    case.holder = given["department"]
    case.assignee = None
    if given.get(PROMISED):
        due = datetime.fromisoformat(given[PROMISED])
        deadlines.add_imported_finish(case, due, now, book)


def recall_dispatch(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """End the dispatch as recalled; the centre holds the appeal again."""
    del given, book
    dispatch = current_dispatch(case)
    dispatch.ended_at, dispatch.how_ended = now, DispatchEnd.RECALLED
    case.holder = case.assignee = None


def stamp_return_request(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the request for a return; after a refusal a new request overwrites the stamp."""
    del given, book
    current_dispatch(case).return_asked_at = now


def end_returned_dispatch(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """End the dispatch as returned; `open_dispatch` follows in the same move."""
    del given, book
    dispatch = current_dispatch(case)
    dispatch.ended_at, dispatch.how_ended = now, DispatchEnd.RETURNED


def sign_dispatch(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the signing."""
    del book
    current_dispatch(case).signed_at = _known_moment(given, now)


def parse_moment(text: str) -> datetime:
    """Parse a form's moment, Asia/Shanghai unless it has an offset. Raises Refused (not valid)."""
    try:
        typed = datetime.fromisoformat(text)
        return (typed if typed.tzinfo else typed.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: in UTC it would lie before year 1
        raise not_valid("when", "请填写日期和时间。", "Enter a date and a time.") from None


def request_extension(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Record the requested working days, at most the limit in force (Rules 2).

    Imported requests have a time but no number of days.
    """
    if IMPORTED in given:
        case.round.extension_asked_at = now
        return
    most = book.limit(EXTENSION, case, now)
    typed = given["days"]
    days = int(typed) if typed.isdecimal() and len(typed) <= MAX_DAYS_DIGITS else 0
    if most is None or not 1 <= days <= most.amount:
        amount = most.amount if most else 0
        raise not_valid(
            "days", f"请填写1至{amount}个工作日。", f"Enter 1 to {amount} working days."
        )
    case.round.extension_asked_at, case.round.extension_days = now, days


def grant_extension(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Extend the finish date; no other move does this (Rules 1)."""
    current = case.round
    if IMPORTED not in given:
        current.extended_due_at = deadlines.extend_finish(case, current.extension_days or 0, book)
    elif given.get(PROMISED):
        due = datetime.fromisoformat(given[PROMISED])
        deadlines.extend_imported_finish(case, due, book)
        current.extended_due_at = due
    current.extension_granted_at = now


def refuse_extension(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the refusal of the extension."""
    del given, book
    case.round.extension_refused_at = now


def assign_officer(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Assign the case to one officer of the department."""
    del now, book
    case.assignee = int(given["officer"])


def open_question(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Mark a question to the citizen as open; no clock stops (Rules 1)."""
    del given, now, book
    case.question_open = True


def close_question(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Mark the question as answered."""
    del given, now, book
    case.question_open = False


def submit_answer(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp an answer: the dispatch keeps its first (feedback), the round its newest, for review.

    If the source gives no time, the round has no answer time and is in no measure of days (Rules
    6).
    """
    del book
    dispatch = current_dispatch(case)
    dispatch.answered_at = dispatch.answered_at or now
    case.round.answer_given_at = _known_moment(given, now)


def send_answer_back(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Clear the answer that waits for review; the finish keeps running."""
    del given, now, book
    case.round.answer_given_at = None


def close_round(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Accept the waiting answer and close the round."""
    del given, book
    dispatch = current_dispatch(case)
    dispatch.ended_at, dispatch.how_ended = now, DispatchEnd.ANSWERED
    case.round.answered_at, case.round.closed_at = case.round.answer_given_at, now
    case.question_open = False


def withdraw_appeal(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the withdrawal; one without a known time is in no measure of dates (Rules 6)."""
    del book
    case.withdrawn_at = now
    if UNTIMED in given:
        case.round.original_due_at = case.round.extended_due_at = None


def amend_classification(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Correct the classification and record the previous one as an amendment (Rules 4).

    The department complained about is not part of the classification: changing it alone records no
    amendment.
    """
    del book
    stood, complained = _current_classification(case, now), case.complained_department
    case.restricted = case.restricted or RESTRICTED in given
    case.complained_department = given.get(COMPLAINED_DEPARTMENT) or complained
    if given.get("kind"):
        case.kind = Kind(given["kind"])
    case.category = given.get("category") or case.category
    if given.get("district"):
        case.district, case.street = given["district"], given.get("street") or None
    if given.get("urgent"):
        case.urgent = given["urgent"] == YesNo.YES
    if _current_classification(case, now) != stood:
        case.amendments.append(stood)
    elif case.complained_department == complained:
        raise not_valid("kind", "没有任何更正。", "Nothing was corrected.")


def _current_classification(case: Case, now: datetime) -> AmendmentFacts:
    """Return the current classification as an amendment, stored if a correction replaces it."""
    return AmendmentFacts(
        n=len(case.amendments) + 1,
        amended_at=now,
        kind=case.kind,
        category=case.category,
        district=case.district,
        street=case.street,
        urgent=case.urgent,
    )


def renew_query_code(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Invalidate the old query code; the next generation is derived from the same form key."""
    del given, now, book
    case.code_generation += 1
