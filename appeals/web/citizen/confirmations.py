"""What the page of an appeal says after the citizen's move: what happened, and what is next."""

from dataclasses import dataclass

from flask import session

from appeals.domain.case import Case
from appeals.domain.states import Action
from appeals.domain.vocabulary import Duty, Satisfaction, Solved
from appeals.queries.case_file import CaseFile
from appeals.web.citizen.timeline import format_due
from appeals.web.shared.display import row_label
from appeals.web.shared.texts import LazyText, gettext, lazy_gettext

MADE_MOVE = "made_move"
"""The item of the session's cookie with the number and the move that were just made."""
LOW_RATINGS = frozenset({Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED})
DONE: dict[Action, LazyText] = {
    Action.ADD: lazy_gettext("What you added was sent."),
    Action.ANSWER_QUESTION: lazy_gettext("Your answer was sent to %(department)s."),
    Action.URGE: lazy_gettext("%(department)s was told that you are waiting."),
    Action.RATE: lazy_gettext("Thank you, your rating was taken."),
    Action.SAY_NOT_SOLVED: lazy_gettext("You said that it is not solved."),
    Action.WITHDRAW: lazy_gettext("Your appeal was withdrawn."),
}
NEXT: dict[Action, LazyText] = {
    Action.ADD: lazy_gettext("%(department)s reads it with your appeal. The dates below stay."),
    Action.ANSWER_QUESTION: lazy_gettext(
        "It goes on with your appeal and writes here. The dates below stay."
    ),
    Action.URGE: lazy_gettext(
        "The dates below stay. You can urge again from 09:00 of the next working day."
    ),
    Action.WITHDRAW: lazy_gettext("For something new, file a new appeal."),
}
CAN_BE_CHANGED = lazy_gettext("You can change it until %(by)s.")
CANNOT_BE_CHANGED = lazy_gettext("It cannot be changed again.")
LOW_RATING = lazy_gettext(
    "If it is not solved, say so now: the centre then decides whether it is handled again."
)
CENTRE_DECIDES = lazy_gettext(
    "The centre decides whether it is handled again. The decision will stand on this page."
)
DECIDED_BEFORE = lazy_gettext("It counts as your rating.")


@dataclass(frozen=True)
class Confirmation:
    """What happened, and what happens next, each in a sentence."""

    done: str
    next: str


@dataclass(frozen=True)
class NotSolvedOffer:
    """The offer after a low rating: what one press sends with “not solved”."""

    words: str
    satisfaction: str


def remember_move(number: str, action: Action) -> None:
    """Remember in this browser that the move was made, for the page that it is led to."""
    session[MADE_MOVE] = [number, action.value]


def take_confirmation(file: CaseFile) -> Confirmation | None:
    """Return what to say of the move that this browser has just made on the appeal, once."""
    number, made = session.pop(MADE_MOVE, None) or ("", "")
    if number != file.appeal.number or made not in {action.value for action in DONE}:
        return None
    action, holder = Action(made), file.appeal.holder
    told = {"department": row_label(holder) if holder else gettext("The centre")}
    return Confirmation(str(DONE[action]) % told, _describe_next(file, action, told))


def find_not_solved_offer(file: CaseFile) -> NotSolvedOffer | None:
    """Return the offer to say “not solved” in one press, if the current rating is a low one.

    A rating alone asks for no other round; only “not solved” does (Rules 3).
    """
    can_say = any(move.action is Action.SAY_NOT_SOLVED for move in file.open_to_citizen)
    if not can_say or file.case.round.rehandling_asked_at or not _is_rated_low(file.case):
        return None
    rated = [move.words for move in file.moves if move.action is Action.RATE]
    said = rated[-1] if rated else None
    satisfaction = file.case.round.satisfaction
    return NotSolvedOffer(
        said or gettext("It is not solved, as my rating says."),
        satisfaction.value if satisfaction else "",
    )


def _describe_next(file: CaseFile, action: Action, told: dict[str, str]) -> str:
    if action is Action.SAY_NOT_SOLVED:
        asked = file.case.round.rehandling_pending
        return str(CENTRE_DECIDES if asked else DECIDED_BEFORE)
    if action is not Action.RATE:
        return str(NEXT[action]) % told
    if find_not_solved_offer(file) is not None:
        return str(LOW_RATING)
    window = file.case.running(Duty.RATING)
    if window is None or not file.case.rating_versions_left:
        return str(CANNOT_BE_CHANGED)
    return str(CAN_BE_CHANGED) % {"by": format_due(window.due_at)}


def _is_rated_low(case: Case) -> bool:
    is_unsolved = case.round.solved is Solved.NO
    return case.is_rated_by_citizen and (is_unsolved or case.round.satisfaction in LOW_RATINGS)
