"""The states of an appeal and the actions that change them (Rules 3)."""

from enum import Enum
from typing import Self

from appeals.domain.messages import context_message
from appeals.domain.vocabulary import Term


class Phase(Enum):
    """Who has to act next; open or closed and the colour of a state's badge follow from it."""

    CENTRE = "centre"
    DEPARTMENT = "department"
    DONE = "done"


class State(Term):
    """The state of an appeal; `phase` says who has to act next."""

    phase: Phase

    def __new__(cls, value: str, key: str = "", phase: Phase = Phase.CENTRE) -> Self:
        """Store the phase with the text."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.message = context_message(cls.__name__, key)
        member.phase = phase
        return member

    FILED = "filed", "Filed", Phase.CENTRE
    ACCEPTED = "accepted", "Accepted", Phase.CENTRE
    NOT_ACCEPTED = "not_accepted", "Not accepted", Phase.DONE
    ANSWERED_ON_SPOT = "answered_on_spot", "Answered on the spot", Phase.DONE
    DISPATCHED = "dispatched", "Dispatched", Phase.DEPARTMENT
    SIGNED = "signed", "Signed for", Phase.DEPARTMENT
    RETURN_ASKED = "return_asked", "Return asked", Phase.CENTRE
    IN_HAND = "in_hand", "In hand", Phase.DEPARTMENT
    ANSWERED = "answered", "Answered, in review", Phase.CENTRE
    CLOSED = "closed", "Closed", Phase.DONE
    WITHDRAWN = "withdrawn", "Withdrawn", Phase.DONE

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.phase is not Phase.DONE


OPEN = frozenset(state for state in State if state.is_open)
WITH_DEPARTMENT = frozenset(state for state in State if state.phase is Phase.DEPARTMENT)
BEFORE_CONTACT = frozenset({State.DISPATCHED, State.SIGNED})
"""The states in which the department has still to make the first contact."""


class Action(Term):
    """The actions on an appeal, named as the person who takes them would."""

    FILE = "file", "File"
    ACCEPT = "accept", "Accept"
    NOT_ACCEPT = "not_accept", "Do not accept"
    ANSWER_ON_SPOT = "answer_on_spot", "Answer on the spot"
    DISPATCH = "dispatch", "Dispatch"
    RECALL = "recall", "Recall"
    SIGN = "sign", "Sign for"
    CONTACT = "contact", "Record first contact"
    TRY_CONTACT = "try_contact", "Record a failed try to reach the citizen"
    ASK_RETURN = "ask_return", "Ask to return"
    GRANT_RETURN = "grant_return", "Grant the return and dispatch anew"
    REFUSE_RETURN = "refuse_return", "Refuse the return"
    ASK_EXTENSION = "ask_extension", "Ask an extension"
    GRANT_EXTENSION = "grant_extension", "Grant the extension"
    REFUSE_EXTENSION = "refuse_extension", "Refuse the extension"
    ASSIGN = "assign", "Assign"
    ASK_CITIZEN = "ask_citizen", "Ask the citizen"
    ANSWER_QUESTION = "answer_question", "Answer the question"
    ADD = "add", "Add something"
    URGE = "urge", "Urge"
    ENQUIRE = "enquire", "Record an enquiry"
    ANSWER = "answer", "Answer"
    SEND_BACK = "send_back", "Send back"
    CLOSE = "close", "Accept the answer and close"
    FOLLOW_UP = "follow_up", "Record a follow-up"
    RATE = "rate", "Rate"
    SAY_NOT_SOLVED = "say_not_solved", "Say it is not solved"
    REHANDLE = "rehandle", "Handle again"
    REFUSE_REHANDLING = "refuse_rehandling", "Do not handle again"
    CHANGE_CONTACT = (
        "change_contact",
        "Change contact and confidentiality",
    )
    WITHDRAW = "withdraw", "Withdraw"
    AMEND = "amend", "Correct"
    NEW_CODE = "new_code", "Issue a new query code"
    REVERSE = "reverse", "Take back the decision"
    HAND_OVER = "hand_over", "Hand over to the successor"
    NOTE = "note", "Leave a note"
