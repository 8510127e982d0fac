"""Moves that the centre makes for a caller: how well she must have been recognised (Rules 8)."""

from appeals.domain.messages import message
from appeals.domain.moves.context import MoveContext
from appeals.domain.moves.guards import refuse_during_upgrade
from appeals.domain.moves.needs import CHANNEL, RECOGNISED_BY
from appeals.domain.people import CENTRE, Role
from appeals.domain.refusals import not_valid
from appeals.domain.vocabulary import RecognisedBy


def require_recognition(move: MoveContext) -> None:
    """Refuse a move of the centre for a caller who was not recognised, or not said how she asked.

    The citizen herself was recognised by the page.
    """
    if move.role not in CENTRE:
        return
    if not move.given.get(CHANNEL):
        raise not_valid(CHANNEL, message("Choose through which channel it was asked."))
    if not move.given.get(RECOGNISED_BY):
        raise not_valid(RECOGNISED_BY, message("Choose how the caller was recognised."))


def require_number_or_code(move: MoveContext) -> None:
    """Refuse a move of the centre for a caller who was recognised by name and address alone."""
    require_recognition(move)
    if move.given.get(RECOGNISED_BY) == RecognisedBy.NAME_ADDRESS and move.role in CENTRE:
        raise not_valid(
            RECOGNISED_BY,
            message(
                "Name and address are not enough for this. The caller must call from the number "
                "kept with the appeal, or know the query code."
            ),
        )


def refuse_for_caller(move: MoveContext) -> None:
    """Refuse a move for a caller: before `FOR_CALLERS` the citizen alone made it."""
    if move.role in CENTRE:
        refuse_during_upgrade(move)


def refuse_to_operator(move: MoveContext) -> None:
    """Refuse a move that before `FOR_CALLERS` dispatchers and supervisors alone made."""
    if move.role is Role.OPERATOR:
        refuse_during_upgrade(move)
