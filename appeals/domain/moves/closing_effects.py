"""Effects of the moves after closing: follow-ups, ratings and re-handling."""

from dataclasses import replace

from appeals.domain.case import RatingFacts, RoundFacts
from appeals.domain.messages import message
from appeals.domain.moves.context import IMPORTED, MoveContext, MoveInput
from appeals.domain.refusals import not_valid
from appeals.domain.vocabulary import FollowUpOutcome, Satisfaction, Solved


def record_follow_up(move: MoveContext) -> None:
    """Record a follow-up try; reached requires an answer to at least one question (Rules 4)."""
    if move.given["outcome"] == FollowUpOutcome.REACHED and not _says_something(move.given):
        raise not_valid(
            "solved",
            message("Enter what the citizen answered, or choose “Did not wish to answer”."),
        )
    count_follow_up(move)


def count_follow_up(move: MoveContext) -> None:
    """Record a follow-up try; reached does not require an answer (before `FOLLOW_UP_HEARS`)."""
    current = move.case.round
    current.tries += 1
    current.tried_at = current.tried_at or move.now
    if move.given["outcome"] == FollowUpOutcome.REACHED:
        current.reached_at = current.reached_at or move.now


def record_heard_unless_rated(move: MoveContext) -> None:
    """Record a follow-up's answers as a rating, unless the citizen has rated the round already.

    In that case the follow-up is only a try with a note: the citizen's own rating stays, and only
    the citizen can ask for another round while rating is open (Rules 3).
    """
    if not move.case.is_rated_by_citizen:
        record_heard_rating(move)


def record_heard_rating(move: MoveContext) -> None:
    """Record the answers of a follow-up as a rating; “not solved” asks for another round.

    An imported follow-up asks for none (Rules 6).
    """
    if move.given["outcome"] != FollowUpOutcome.REACHED or not _says_something(move.given):
        return
    record_rating(move)
    move.case.ratings[-1].heard = True
    if move.given.get("solved") == Solved.NO and IMPORTED not in move.given:
        move.case.round.rehandling_asked_at = move.case.round.rehandling_asked_at or move.now


def _says_something(given: MoveInput) -> bool:
    return bool(given.get("solved") or given.get("satisfaction"))


def record_rating(move: MoveContext) -> None:
    """Add a rating version; the earlier one of the same round is kept and marked as superseded."""
    case = move.case
    current = case.round
    for earlier in case.ratings:
        if earlier.round_n == current.n and earlier.until_at is None:
            earlier.until_at = move.now
    solved, satisfaction = move.given.get("solved"), move.given.get("satisfaction")
    current.rated_at = move.now
    current.solved = Solved(solved) if solved else None
    current.satisfaction = Satisfaction(satisfaction) if satisfaction else None
    case.ratings.append(
        RatingFacts(
            len(case.ratings) + 1, current.n, move.now, current.solved, current.satisfaction
        )
    )


def say_not_solved(move: MoveContext) -> None:
    """Record a rating “not solved” and ask for another round, at most once a round."""
    record_rating(replace(move, given={**move.given, "solved": Solved.NO.value}))
    move.case.round.rehandling_asked_at = move.case.round.rehandling_asked_at or move.now


def open_next_round(move: MoveContext) -> None:
    """Open the next round at the time of the new dispatch (Rules 1)."""
    move.case.round.until_at = move.now
    move.case.rounds.append(RoundFacts(move.case.round.n + 1, opened_at=move.now))


def refuse_rehandling(move: MoveContext) -> None:
    """Stamp the refusal of a re-handling request."""
    move.case.round.rehandling_refused_at = move.now
