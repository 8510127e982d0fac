"""Bulk actions: one move on several appeals; a refusal for one does not stop the others."""

from collections.abc import Iterable
from dataclasses import dataclass

from appeals.act import Act
from appeals.cases.access import open_case
from appeals.casework.handling.moves import make_move
from appeals.domain.moves.context import MoveInput
from appeals.domain.refusals import Refused
from appeals.domain.states import Action


@dataclass(frozen=True)
class BulkOutcome:
    """The outcome for one appeal: moved, or `refused` with a sentence."""

    number: str
    refused: Refused | None = None


def make_move_on_each(
    act: Act, numbers: Iterable[str], action: Action, given: MoveInput | None = None
) -> list[BulkOutcome]:
    """Make the move on each appeal in turn and return the outcome for each number.

    The numbers are processed in sorted order, so that two people acting on the same appeals wait
    for each other instead of deadlocking.
    """
    return [_try_move(act, number, action, given) for number in sorted(set(numbers))]


def _try_move(act: Act, number: str, action: Action, given: MoveInput | None) -> BulkOutcome:
    try:
        make_move(act, open_case(act, number), action, given)  # a refusal has written nothing
    except Refused as problem:
        return BulkOutcome(number, problem)
    return BulkOutcome(number)
