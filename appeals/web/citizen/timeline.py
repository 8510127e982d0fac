"""The timeline of an appeal as its citizen reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from appeals.domain.calendar import SHANGHAI
from appeals.domain.case import DeadlineFacts
from appeals.domain.clocks import has_passed
from appeals.domain.messages import Message, Text
from appeals.domain.moves.needs import CHANNEL, RECOGNISED_BY
from appeals.domain.people import Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Channel, ContactHow, Duty
from appeals.models.answer import StaffFile
from appeals.models.appeal import Move
from appeals.models.attachment import Attachment
from appeals.queries.case_file import CaseFile, accepted_answer_times, chosen_terms
from appeals.web.shared.display import day, row_label
from appeals.web.shared.texts import LazyText, gettext, lazy_gettext

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
    A.TRY_CONTACT: lazy_gettext("%(department)s tried to reach you and could not"),
    A.ASK_RETURN: lazy_gettext("%(department)s asked that another department take the appeal"),
    A.GRANT_RETURN: lazy_gettext("The appeal moved on to %(department)s"),
    A.REFUSE_RETURN: lazy_gettext("The appeal stays with the department"),
    A.ASK_EXTENSION: lazy_gettext("%(department)s asked for more time"),
    A.GRANT_EXTENSION: lazy_gettext("More time was granted"),
    A.REFUSE_EXTENSION: lazy_gettext("More time was not granted"),
    A.ASK_CITIZEN: lazy_gettext("%(department)s has a question for you"),
    A.ANSWER_QUESTION: lazy_gettext("You answered the question"),
    A.ADD: lazy_gettext("You added something"),
    A.URGE: lazy_gettext("You urged the department to hurry"),
    A.ENQUIRE: lazy_gettext("You asked how it stands"),
    A.ANSWER: lazy_gettext("%(department)s answered"),
    A.SEND_BACK: lazy_gettext("The centre asked the department for a better answer"),
    A.CLOSE: lazy_gettext("The centre checked the answer and closed the appeal"),
    A.FOLLOW_UP: lazy_gettext("The centre called to ask how it went"),
    A.RATE: lazy_gettext("You rated the handling"),
    A.SAY_NOT_SOLVED: lazy_gettext("You said that it is not solved"),
    A.REHANDLE: lazy_gettext("The appeal is handled again, by %(department)s"),
    A.REFUSE_REHANDLING: lazy_gettext("The appeal is not handled again"),
    A.WITHDRAW: lazy_gettext("You withdrew the appeal"),
    A.REVERSE: lazy_gettext("The centre took its decision back; the appeal goes on"),
    A.AMEND: lazy_gettext("The centre corrected the classification"),
    A.NEW_CODE: lazy_gettext("A new query code was issued"),
    A.CHANGE_CONTACT: lazy_gettext("You changed your contact or who may see it"),
    A.HAND_OVER: lazy_gettext(
        "The department was reorganised: %(department)s goes on with your appeal, by the same dates"
    ),
}
"""The title of each step; an action without one (assigning) is internal."""
FOR_CALLER_TITLES = {
    A.ADD: lazy_gettext("You added something through %(channel)s; the centre entered it for you"),
    A.URGE: lazy_gettext("You urged through %(channel)s; the centre told the department for you"),
    A.ENQUIRE: lazy_gettext("You asked through %(channel)s how it stands"),
    A.WITHDRAW: lazy_gettext(
        "You withdrew the appeal through %(channel)s; the centre did it for you"
    ),
    A.SAY_NOT_SOLVED: lazy_gettext(
        "You said through %(channel)s that it is not solved; the centre entered it for you"
    ),
    A.NEW_CODE: lazy_gettext("You got a new query code through %(channel)s"),
    A.CHANGE_CONTACT: lazy_gettext(
        "You changed your contact through %(channel)s; the centre entered it for you"
    ),
}
"""The titles of what the centre did for the citizen when she called (Rules 8)."""
HELPER_TITLES = {
    A.ADD: lazy_gettext("%(helper)s added something"),
    A.ANSWER_QUESTION: lazy_gettext("%(helper)s answered the question"),
    A.URGE: lazy_gettext("%(helper)s urged the department to hurry"),
}
"""The titles of what a person did to whom the citizen gave a code (Rules 3)."""
CENTRE_URGED = lazy_gettext("The centre urged %(department)s to hurry")
NO_CONTACT = lazy_gettext("%(department)s is at work; it has no telephone or e-mail to reach you")
"""The title of a contact that was not possible."""
UNREACHABLE = lazy_gettext(
    "%(department)s could not reach you again; it left a message and is at work"
)
"""The title of the failed try with which the tries count as the contact."""
WORDS_SHOWN = frozenset(
    {
        A.NOT_ACCEPT, A.ANSWER_ON_SPOT, A.RECALL, A.ASK_RETURN, A.REFUSE_RETURN, A.ASK_EXTENSION,
        A.REFUSE_EXTENSION, A.ASK_CITIZEN, A.ANSWER_QUESTION, A.ADD, A.RATE, A.SAY_NOT_SOLVED,
        A.REFUSE_REHANDLING, A.REVERSE, A.WITHDRAW, A.URGE,
    }
)  # fmt: skip
"""Actions whose words the citizen reads; an answer's are shown once it is accepted in review."""
CHOICES_SHOWN = frozenset({A.CHANGE_CONTACT, A.NOT_ACCEPT, A.ASK_RETURN, A.RATE, A.SAY_NOT_SOLVED})
STATE_SENTENCES: dict[State, tuple[LazyText, Duty | None]] = {
    State.FILED: (
        lazy_gettext(
            "We have your appeal. The centre reads it and sends it to a department by %(by)s."
        ),
        Duty.DISPATCH,
    ),
    State.ACCEPTED: (
        lazy_gettext("The centre has accepted your appeal and sends it to a department by %(by)s."),
        Duty.DISPATCH,
    ),
    State.DISPATCHED: (
        lazy_gettext("%(department)s has your appeal. It must be answered by %(by)s."),
        Duty.FINISH,
    ),
    State.SIGNED: (
        lazy_gettext("%(department)s has taken your appeal over. It must be answered by %(by)s."),
        Duty.FINISH,
    ),
    State.IN_HAND: (
        lazy_gettext("%(department)s is working on it. It must be answered by %(by)s."),
        Duty.FINISH,
    ),
    State.RETURN_ASKED: (
        lazy_gettext(
            "%(department)s says that another department should take it; the centre decides. "
            "It must still be answered by %(by)s."
        ),
        Duty.FINISH,
    ),
    State.ANSWERED: (
        lazy_gettext("%(department)s has answered. The centre checks the answer by %(by)s."),
        Duty.REVIEW,
    ),
    State.CLOSED: (
        lazy_gettext(
            "%(department)s has answered and the appeal is closed. "
            "You can say until %(by)s whether it was solved."
        ),
        Duty.RATING,
    ),
    State.ANSWERED_ON_SPOT: (
        lazy_gettext("The centre has answered your appeal; the answer stands below."),
        None,
    ),
    State.NOT_ACCEPTED: (
        lazy_gettext("The centre could not accept your appeal; below stands why, and who can."),
        None,
    ),
    State.WITHDRAWN: (lazy_gettext("You withdrew this appeal. Nobody works on it any more."), None),
}
"""Where an appeal stands, in one sentence, and the promise whose date it names."""
CLOSED_FOR_GOOD = lazy_gettext("%(department)s has answered and the appeal is closed.")
CLOSED_WITHOUT_RATINGS_LEFT = lazy_gettext(
    "%(department)s has answered and the appeal is closed. "
    "You can say until %(by)s that it is not solved."
)
REHANDLING_ASKED = lazy_gettext(
    "You said that it is not solved. The centre decides whether it is handled again."
)
QUESTION_OPEN = lazy_gettext("%(department)s has a question for you. Please answer it below.")
UNDATED = lazy_gettext("%(department)s has your appeal. No date was promised for it.")
DATE_PASSED = lazy_gettext("This date has passed; the department's superiors know.")
DAY_ENDS = time(23, 59, 59)
SHOWN_DUTIES = (Duty.DISPATCH, Duty.SIGN, Duty.CONTACT, Duty.FINISH)
"""What was promised to the citizen; the window of her rating is a limit of her own."""
HEADINGS = {
    A.ASK_CITIZEN: lazy_gettext("The question to you"),
    A.ANSWER: lazy_gettext("The answer"),
    A.ANSWER_ON_SPOT: lazy_gettext("The answer"),
    A.NOT_ACCEPT: lazy_gettext("Why it was not accepted"),
    A.REFUSE_REHANDLING: lazy_gettext("Why it is not handled again"),
}
"""The headings of the steps that stand at the top of the page."""
TOP_ACTIONS: dict[State, tuple[Action, ...]] = {
    State.NOT_ACCEPTED: (A.NOT_ACCEPT,),
    State.ANSWERED_ON_SPOT: (A.ANSWER_ON_SPOT,),
    State.CLOSED: (A.REFUSE_REHANDLING, A.ANSWER),
}
"""The steps that stand at the top of the page in a state: what the citizen came for."""


@dataclass(frozen=True)
class TimelineStep:
    """One step: when, what, by which department, and what was said or chosen with it."""

    action: Action
    at: datetime
    title: str
    department: str
    words: str
    chosen: list[Message]
    is_answer: bool
    photos: Sequence[Attachment] = ()
    files: Sequence[StaffFile] = ()

    @property
    def heading(self) -> str:
        """Return the heading of a step that stands at the top of the page."""
        return str(HEADINGS[self.action])


@dataclass(frozen=True)
class PromisedDate:
    """One promised date: the duty, when it is due, was first due, and was met."""

    duty: Duty
    due_at: datetime
    original_due_at: datetime
    met_at: datetime | None

    @property
    def is_extended(self) -> bool:
        """Return whether an extension moved the date."""
        return self.due_at != self.original_due_at


def list_steps(
    file: CaseFile,
    label_of: dict[str, Text],
    language: str,
    helpers: Mapping[int, str],
) -> list[TimelineStep]:
    """Return the steps, newest first.

    Args:
        file: The appeal.
        label_of: Department codes with their (zh, en) labels.
        language: That of the page.
        helpers: The citizen's word for the helper who made a move, by the move's number.
    """
    accepted = accepted_answer_times(file.case)
    shown = [
        replace(
            _timeline_step(
                move,
                label_of,
                language,
                is_accepted=move.at in accepted,
                helper=helpers.get(move.seq, ""),
            ),
            photos=[each for each in file.photos if each.move_seq == move.seq],
            files=[each for each in file.answer_files if each.move_seq == move.seq],
        )
        for move in file.moves
        if move.action in TITLES
    ]
    return shown[::-1]


def list_top_steps(file: CaseFile, steps: Sequence[TimelineStep]) -> list[TimelineStep]:
    """Return what the citizen came for: the open question, a refusal's reason, the answer."""
    wanted = [A.ASK_CITIZEN] if file.appeal.question_open else []
    wanted += TOP_ACTIONS.get(file.appeal.state, ())
    if file.case.round.rehandling_refused_at is None:
        wanted = [action for action in wanted if action is not A.REFUSE_REHANDLING]
    newest = {step.action: step for step in reversed(steps) if step.words}
    return [newest[action] for action in wanted if action in newest]


def describe_state(file: CaseFile, now: datetime) -> list[str]:
    """Say in sentences where the appeal is, who must act by when, and what the citizen is asked."""
    sentence, duty = STATE_SENTENCES[file.appeal.state]
    running = [d for d in file.case.deadlines if d.duty is duty and not d.ended_at]
    due = running[-1] if running and not running[-1].met_at else None
    if file.appeal.state is State.CLOSED and _is_asked_again(file):
        sentence = REHANDLING_ASKED
    elif file.appeal.state is State.CLOSED and (due is None or has_passed(due.due_at, now)):
        sentence = CLOSED_FOR_GOOD
    elif file.appeal.state is State.CLOSED and not file.case.rating_versions_left:
        sentence = CLOSED_WITHOUT_RATINGS_LEFT
    elif file.appeal.state.is_open and due is None and file.appeal.source:
        sentence = UNDATED
    told = {
        "department": row_label(file.appeal.holder)
        if file.appeal.holder
        else gettext("The centre"),
        "by": format_due(due.due_at) if due else "–",
    }
    said = [str(sentence) % told]
    if due is not None and has_passed(due.due_at, now) and file.appeal.state.is_open:
        said.append(str(DATE_PASSED))
    if file.appeal.question_open:
        said.append(str(QUESTION_OPEN) % told)
    return said


def format_due(moment: datetime) -> str:
    """Format a due moment: the day, with the time unless it is 23:59:59."""
    local = moment.astimezone(SHANGHAI)
    return day(moment) if local.time() == DAY_ENDS else f"{day(moment)} {local:%H:%M}"


def describe_helper(name: str) -> str:
    """Name the person to whom the citizen gave a code, by the citizen's word for her if any."""
    return gettext("%(name)s (your helper)", name=name) if name else gettext("Your helper")


def _is_asked_again(file: CaseFile) -> bool:
    current = file.case.round
    return bool(current.rehandling_asked_at and not current.rehandling_refused_at)


def list_promised_dates(file: CaseFile) -> list[PromisedDate]:
    """Return the current round's dates that a citizen can hold the city to."""
    return [
        _promised_date(each)
        for each in file.case.deadlines
        if each.duty in SHOWN_DUTIES and each.round_n == file.case.round.n and not each.ended_at
    ]


def _promised_date(deadline: DeadlineFacts) -> PromisedDate:
    return PromisedDate(deadline.duty, deadline.due_at, deadline.original_due_at, deadline.met_at)


def _step_title(move: Move) -> LazyText:
    if move.actor_role is Role.HELPER:
        return HELPER_TITLES[move.action]
    if RECOGNISED_BY in move.facts:
        return FOR_CALLER_TITLES[move.action]
    if move.action is A.URGE and move.actor_role is not Role.CITIZEN:
        return CENTRE_URGED
    if move.action is A.CONTACT and move.facts.get("how") == ContactHow.NOT_POSSIBLE:
        return NO_CONTACT
    if move.action is A.TRY_CONTACT and move.to_state is State.IN_HAND:
        return UNREACHABLE
    return TITLES[move.action]


def _timeline_step(
    move: Move, label_of: dict[str, Text], language: str, *, is_accepted: bool, helper: str
) -> TimelineStep:
    code = move.facts.get("department") or move.department or ""
    named = label_of.get(code)
    department = named.label(language) if named else gettext("The department")
    answered = move.action is Action.ANSWER and is_accepted
    shows = answered or move.action in WORDS_SHOWN
    channel = Channel(move.facts[CHANNEL]).label(language) if RECOGNISED_BY in move.facts else ""
    return TimelineStep(
        action=move.action,
        at=move.at,
        title=str(_step_title(move))
        % {"department": department, "channel": channel, "helper": describe_helper(helper)},
        department=department,
        words=(move.words or "") if shows else "",
        chosen=chosen_terms(move) if answered or move.action in CHOICES_SHOWN else [],
        is_answer=answered or move.action is Action.ANSWER_ON_SPOT,
    )
