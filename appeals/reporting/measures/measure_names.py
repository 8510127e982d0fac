"""`MeasureName`, `MeasureBase`, `MeasureVariant`: the codes by which figures are stored."""

from enum import StrEnum, auto

from appeals.domain.vocabulary import Term


class MeasureName(StrEnum):
    """The measures of `catalogue.COLUMNS`, in its order; the code is the name in small letters.

    Codes stand in editions, files and addresses, and are never changed.
    """

    FILED = auto()
    VALID = auto()
    ACCEPTED = auto()
    NOT_ACCEPTED = auto()
    WITHDRAWN = auto()
    WITHDRAWN_AFTER_DISPATCH = auto()
    DISPATCHED = auto()
    CLOSED = auto()
    COMPLETION = auto()
    COMPLETION_OF_DUE = auto()
    ON_TIME = auto()
    ON_TIME_ORIGINAL = auto()
    CLOSED_IN_TIME = auto()
    SIGNED_IN_TIME = auto()
    CONTACTED_IN_TIME = auto()
    RETURNED = auto()
    RETURN_DECIDED_IN_TIME = auto()
    FEEDBACK = auto()
    EXTENDED = auto()
    REHANDLED = auto()
    FOLLOWED_UP = auto()
    REACHED = auto()
    RESOLUTION = auto()
    SATISFACTION = auto()
    SATISFACTION_STRICT = auto()
    ANSWERED_ON_SPOT = auto()
    REVERSED = auto()
    URGED = auto()
    ENQUIRED = auto()
    DAYS_TO_ANSWER_MEAN = auto()
    DAYS_TO_ANSWER_MEDIAN = auto()
    SATISFACTION_OF_FILED = auto()
    FILED_DAILY = auto()
    CLOSED_DAILY = auto()
    ANSWERED = auto()
    CLOSED_UNTIMED = auto()
    CARRIED_IN = auto()
    FINISHED = auto()
    CARRIED_OUT = auto()
    OVERDUE = auto()
    CLAIMED = auto()
    LAST_HOUR = auto()
    RETURNED_ON_LAST_DAY = auto()
    WORKING_DAYS_MEAN = auto()
    WORKING_DAYS_MEDIAN = auto()


class MeasureBase(Term):
    """The base of a measure's population (Rules 4)."""

    FILED = "filed", "Filed"
    ACCEPTED = "accepted", "Accepted"
    DISPATCHED = "dispatched", "Dispatched"
    DUE = "due", "Due"
    HANDLED = "handled", "Handled"
    OPEN = "open", "Open"
    REVERSED = "reversed", "Taken back"
    URGED = "urged", "Urged"
    ENQUIRED = "enquired", "Enquired"


class MeasureVariant(Term):
    """The narrower populations of a measure, each with figures of its own."""

    ALL = "all", "All"
    DISPATCHED = "dispatched", "Dispatched only"
    FIRST_ROUND = "first_round", "First round"
