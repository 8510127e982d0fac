"""Effects of the moves after closing: follow-ups, ratings and re-handling."""

from datetime import datetime

from appeals.domain.case import Case, RatingFacts, RoundFacts
from appeals.domain.moves.effects import IMPORTED, MoveInput
from appeals.domain.refusals import not_valid
from appeals.domain.rule_book import RuleBook
from appeals.domain.vocabulary import FollowUpOutcome, Satisfaction, Solved


def record_follow_up(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Record a follow-up try; reached requires an answer to at least one question (Rules 4)."""
    if given["outcome"] == FollowUpOutcome.REACHED and not _says_something(given):
        raise not_valid(
            "solved",
            "请填写市民的回答；市民不愿回答的，请选择“拒绝回访”。",
            "Enter what the citizen answered, or choose “Did not wish to answer”.",
        )
    count_follow_up(case, given, now, book)


def count_follow_up(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Record a follow-up try; reached does not require an answer (before `FOLLOW_UP_HEARS`)."""
    del book
    current = case.round
    current.tries += 1
    current.tried_at = current.tried_at or now
    if given["outcome"] == FollowUpOutcome.REACHED:
        current.reached_at = current.reached_at or now


def record_heard_unless_rated(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Record a follow-up's answers as a rating, unless the citizen has rated the round already.

    In that case the follow-up is only a try with a note: the citizen's own rating stays, and only
    the citizen can ask for another round while rating is open (Rules 3).
    """
    if not case.is_rated_by_citizen:
        record_heard_rating(case, given, now, book)


def record_heard_rating(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Record the answers of a follow-up as a rating; “not solved” asks for another round.

    An imported follow-up asks for none (Rules 6).
    """
    if given["outcome"] != FollowUpOutcome.REACHED or not _says_something(given):
        return
    record_rating(case, given, now, book)
    case.ratings[-1].heard = True
    if given.get("solved") == Solved.NO and IMPORTED not in given:
        case.round.rehandling_asked_at = case.round.rehandling_asked_at or now


def _says_something(given: MoveInput) -> bool:
    return bool(given.get("solved") or given.get("satisfaction"))


def record_rating(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Add a rating version; the earlier one of the same round is kept and marked as superseded."""
    del book
    current = case.round
    for earlier in case.ratings:
        if earlier.round_n == current.n and earlier.until_at is None:
            earlier.until_at = now
    solved, satisfaction = given.get("solved"), given.get("satisfaction")
    current.rated_at = now
    current.solved = Solved(solved) if solved else None
    current.satisfaction = Satisfaction(satisfaction) if satisfaction else None
    case.ratings.append(
        RatingFacts(len(case.ratings) + 1, current.n, now, current.solved, current.satisfaction)
    )


def say_not_solved(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Record a rating “not solved” and ask for another round, at most once a round."""
    record_rating(case, {**given, "solved": Solved.NO.value}, now, book)
    case.round.rehandling_asked_at = case.round.rehandling_asked_at or now


def open_next_round(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Open the next round at the time of the new dispatch (Rules 1)."""
    del given, book
    case.round.until_at = now
    case.rounds.append(RoundFacts(case.round.n + 1, opened_at=now))


def refuse_rehandling(case: Case, given: MoveInput, now: datetime, book: RuleBook) -> None:
    """Stamp the refusal of a re-handling request."""
    del given, book
    case.round.rehandling_refused_at = now
