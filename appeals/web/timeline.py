"""The life of an appeal as a citizen reads it, like the way of a parcel."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, lazy_gettext

from appeals.domain.case import DeadlineFacts
from appeals.domain.states import Action
from appeals.domain.vocabulary import Duty
from appeals.models.appeal import Move
from appeals.queries.casefile import CaseFile, Chosen, accepted_answers, chosen

A = Action
TITLES = {
    A.FILE: lazy_gettext("Your appeal was received"),
    A.ACCEPT: lazy_gettext("The centre accepted the appeal"),
    A.NOT_ACCEPT: lazy_gettext("The centre could not accept the appeal"),
    A.ANSWER_ON_SPOT: lazy_gettext("The centre answered at once"),
    A.DISPATCH: lazy_gettext("Sent to %(department)s"),
    A.RECALL: lazy_gettext("The centre took the appeal back to send it anew"),
    A.SIGN: lazy_gettext("%(department)s signed for the appeal"),
    A.CONTACT: lazy_gettext("%(department)s contacted you and is at work"),
    A.ASK_RETURN: lazy_gettext("%(department)s asked that another department take the appeal"),
    A.GRANT_RETURN: lazy_gettext("The appeal moved on to %(department)s"),
    A.REFUSE_RETURN: lazy_gettext("The appeal stays with the department"),
    A.ASK_EXTENSION: lazy_gettext("%(department)s asked for more time"),
    A.GRANT_EXTENSION: lazy_gettext("More time was granted"),
    A.REFUSE_EXTENSION: lazy_gettext("More time was not granted"),
    A.ASK_CITIZEN: lazy_gettext("%(department)s has a question for you"),
    A.ANSWER_QUESTION: lazy_gettext("You answered the question"),
    A.ADD: lazy_gettext("You added something"),
    A.ANSWER: lazy_gettext("%(department)s answered"),
    A.SEND_BACK: lazy_gettext("The centre asked the department for a better answer"),
    A.CLOSE: lazy_gettext("The centre checked the answer and closed the appeal"),
    A.FOLLOW_UP: lazy_gettext("The centre called to ask how it went"),
    A.RATE: lazy_gettext("You rated the handling"),
    A.SAY_NOT_SOLVED: lazy_gettext("You said that it is not solved"),
    A.REHANDLE: lazy_gettext("The appeal is handled again, by %(department)s"),
    A.REFUSE_REHANDLING: lazy_gettext("The appeal is not handled again"),
    A.WITHDRAW: lazy_gettext("You withdrew the appeal"),
    A.AMEND: lazy_gettext("The centre corrected the classification"),
    A.NEW_CODE: lazy_gettext("A new query code was issued"),
}
"""What each step is called; a step that is not named here (assigning) is internal."""
WORDS_SHOWN = frozenset(
    {
        A.NOT_ACCEPT, A.ANSWER_ON_SPOT, A.RECALL, A.ASK_RETURN, A.REFUSE_RETURN, A.ASK_EXTENSION,
        A.REFUSE_EXTENSION, A.ASK_CITIZEN, A.ANSWER_QUESTION, A.ADD, A.RATE, A.SAY_NOT_SOLVED,
        A.REFUSE_REHANDLING, A.WITHDRAW,
    }
)  # fmt: skip
"""Steps whose words are for the citizen; the answer's own words are shown once review took it."""
CHOICES_SHOWN = frozenset({A.NOT_ACCEPT, A.ASK_RETURN, A.RATE, A.SAY_NOT_SOLVED})
PROMISED = (Duty.DISPATCH, Duty.SIGN, Duty.CONTACT, Duty.FINISH, Duty.RATING)


@dataclass(frozen=True)
class Step:
    """One step: when, what, and what was said or chosen with it."""

    at: datetime
    title: str
    words: str
    chosen: list[Chosen]
    is_answer: bool


@dataclass(frozen=True)
class Promised:
    """One promised date: what, by when, first by when, and whether it was kept."""

    duty: Duty
    due_at: datetime
    original_due_at: datetime
    met_at: datetime | None

    @property
    def moved(self) -> bool:
        """Tell whether an extension moved the date."""
        return self.due_at != self.original_due_at


def steps(file: CaseFile, label_of: dict[str, tuple[str, str]], language: str) -> list[Step]:
    """Give the steps, the newest first; `label_of` gives the labels of departments."""
    accepted = accepted_answers(file.case)
    shown = [
        _step(move, label_of, language, is_accepted=move.at in accepted)
        for move in file.moves
        if move.action in TITLES
    ]
    return shown[::-1]


def promises(file: CaseFile) -> list[Promised]:
    """Give the promised dates of the round in hand that a citizen can hold the city to."""
    return [
        _promised(each)
        for each in file.case.deadlines
        if each.duty in PROMISED and each.round_n == file.case.round.n and not each.ended_at
    ]


def _promised(deadline: DeadlineFacts) -> Promised:
    return Promised(deadline.duty, deadline.due_at, deadline.original_due_at, deadline.met_at)


def _step(
    move: Move, label_of: dict[str, tuple[str, str]], language: str, *, is_accepted: bool
) -> Step:
    code = move.facts.get("department") or move.department or ""
    zh, en = label_of.get(code, ("", ""))
    department = (zh if language == "zh" else en) or gettext("The department")
    answered = move.action is Action.ANSWER and is_accepted
    shows = answered or move.action in WORDS_SHOWN
    return Step(
        at=move.at,
        title=str(TITLES[move.action]) % {"department": department},
        words=(move.words or "") if shows else "",
        chosen=chosen(move) if answered or move.action in CHOICES_SHOWN else [],
        is_answer=answered or move.action is Action.ANSWER_ON_SPOT,
    )
