"""Guards: what a move requires of the case beyond its state; each refuses with a sentence."""

from collections.abc import Callable

from appeals.domain.clocks import has_passed
from appeals.domain.messages import message
from appeals.domain.moves.context import MoveContext
from appeals.domain.refusals import not_now
from appeals.domain.vocabulary import Duty, Solved

Guard = Callable[[MoveContext], None]
BINDING_AFTER_RETURNS = 2


def refuse_if_dispatched(move: MoveContext) -> None:
    """Refuse an answer on the spot to an appeal that was dispatched before (Rules 3)."""
    if move.case.dispatch is not None:
        raise not_now(
            message(
                "This appeal was dispatched before and cannot be answered on the spot. "
                "Dispatch it again."
            )
        )


def refuse_binding_dispatch(move: MoveContext) -> None:
    """Refuse a return of the third dispatch, which is binding after two returns (Rules 3)."""
    if move.case.returns >= BINDING_AFTER_RETURNS:
        raise not_now(message("After two returns this dispatch is binding and cannot be returned."))


def require_return_window(move: MoveContext) -> None:
    """Refuse a return request later than two working days after the dispatch (Domain 2.2 [S34])."""
    window = move.case.running(Duty.RETURN)
    if window is None or has_passed(window.due_at, move.now):
        raise not_now(message("The time in which this appeal could be returned is over."))


def require_extendable(move: MoveContext) -> None:
    """Refuse a second extension, a late request, and one for an urgent appeal (Rules 2, [S34])."""
    finish = move.case.running(Duty.FINISH)
    if move.case.urgent:
        raise not_now(message("An urgent appeal cannot be extended."))
    if move.case.round.extension_asked_at is not None:
        raise not_now(message("An extension can be asked once only."))
    if finish is None or has_passed(finish.due_at, move.now):
        raise not_now(message("An extension must be asked before the appeal is due."))


def require_pending_extension(move: MoveContext) -> None:
    """Refuse to decide an extension that was not requested or is already decided."""
    if not move.case.round.extension_pending:
        raise not_now(message("There is no extension to decide."))


def require_open_rating(move: MoveContext) -> None:
    """Refuse a rating later than thirty days after closing (Rules 2)."""
    window = move.case.running(Duty.RATING)
    if window is None or has_passed(window.due_at, move.now):
        raise not_now(
            message(
                "The time for rating is over. If the trouble goes on, please file a new appeal."
            )
        )


def require_rating_version_left(move: MoveContext) -> None:
    """Refuse a fourth version of a round's rating (Rules 3)."""
    if not move.case.rating_versions_left:
        raise not_now(
            message(
                "You have changed your rating twice and cannot change it again. If the "
                "problem is not solved, you can still say so."
            )
        )


def refuse_repeated_not_solved(move: MoveContext) -> None:
    """Refuse “not solved” if it is the current rating and a round was asked for (Rules 3)."""
    if move.case.round.rehandling_asked_at is not None and move.case.round.solved is Solved.NO:
        raise not_now(message("You have already said that it is not solved."))


def refuse_second_rehandling_request(move: MoveContext) -> None:
    """Refuse a second request for another round, whatever the rating is now.

    This held before `RATING_VERSIONS`.
    """
    if move.case.round.rehandling_asked_at is not None:
        raise not_now(message("You have already said that it is not solved."))


def require_pending_rehandling(move: MoveContext) -> None:
    """Refuse to decide a re-handling that was not requested or is already decided."""
    if not move.case.round.rehandling_pending:
        raise not_now(message("Nobody asked to handle this again."))


def require_open_question(move: MoveContext) -> None:
    """Refuse an answer when no question is open."""
    if not move.case.question_open:
        raise not_now(message("There is no question to answer now."))


def refuse_during_upgrade(_move: MoveContext) -> None:
    """Refuse a move that processes of the previous release could not read."""
    raise not_now(message("The system is being upgraded. Please try again in half an hour."))
