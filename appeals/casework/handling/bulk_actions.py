"""Bulk actions: one move on several appeals; a refusal for one does not stop the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appeals.act import Act
from appeals.cases.access import open_case
from appeals.casework.handling.moves import make_move, refuse_if_moved_since
from appeals.domain.lifecycle import MOVE_RULES, MoveRule
from appeals.domain.moves.context import MoveInput
from appeals.domain.people import Role
from appeals.domain.refusals import Refused
from appeals.domain.states import Action
from appeals.models.appeal import Appeal

BULK_ACTIONS = (Action.SIGN, Action.ASSIGN)
"""The moves that can be made on several appeals of a department at once."""


@dataclass(frozen=True)
class BulkOutcome:
    """The outcome for one appeal: moved, or `refused` with a sentence."""

    number: str
    refused: Refused | None = None


def list_bulk_moves(role: Role) -> list[MoveRule]:
    """Return the bulk actions of a role."""
    return [rule for rule in map(MOVE_RULES.__getitem__, BULK_ACTIONS) if role in rule.by]


def can_be_chosen(act: Act, appeal: Appeal) -> bool:
    """Return whether a bulk action of the actor's role is possible from the appeal's state."""
    return any(appeal.state in rule.start for rule in list_bulk_moves(act.actor.role))


def make_move_on_each(
    act: Act, numbers: Iterable[str], action: Action, given: MoveInput | None = None
) -> Iterator[BulkOutcome]:
    """Make the move on each appeal in turn, and yield its outcome before the next one is opened.

    The edge ends the transaction after each outcome, so that one appeal neither waits for the
    others nor is lost with them. The numbers are processed in sorted order: two people acting on
    the same appeals wait for each other instead of deadlocking.
    """
    for number in sorted(set(numbers)):
        yield _try_move(act, number, action, given)


def _try_move(act: Act, number: str, action: Action, given: MoveInput | None) -> BulkOutcome:
    try:
        make_move(act, open_case(act, number), action, given)  # a refusal has written nothing
    except Refused as problem:
        return BulkOutcome(number, problem)
    return BulkOutcome(number)


@dataclass(frozen=True)
class ChosenDispatch:
    """One appeal to dispatch: to which department, and how many moves it was shown with."""

    number: str
    department: str
    seen: int


@dataclass(frozen=True)
class DispatchOutcome:
    """The outcome for one appeal: dispatched, with `moves_made`, or `refused` with a sentence."""

    chosen: ChosenDispatch
    moves_made: int = 0
    is_restricted: bool = False
    refused: Refused | None = None


def dispatch_each(act: Act, chosen: Iterable[ChosenDispatch]) -> Iterator[DispatchOutcome]:
    """Dispatch each appeal to its own department, and yield its outcome before the next one.

    The edge ends the transaction after each outcome, so that one appeal neither waits for the
    others nor is lost with them. An appeal that has moved since it was shown is refused.
    """
    for each in sorted(set(chosen), key=lambda one: one.number):
        yield _try_dispatch(act, each)


def _try_dispatch(act: Act, chosen: ChosenDispatch) -> DispatchOutcome:
    try:
        appeal = open_case(act, chosen.number)
        refuse_if_moved_since(act, appeal, chosen.seen)
        make_move(act, appeal, Action.DISPATCH, {"department": chosen.department})
    except Refused as problem:
        return DispatchOutcome(chosen, refused=problem)
    return DispatchOutcome(chosen, appeal.moves_made, appeal.restricted)
