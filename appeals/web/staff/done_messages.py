"""What a page says after a move of a department: what was done, to which case, and what follows."""

from dataclasses import replace

from flask import flash

from appeals.domain.messages import Message, message, plural_message
from appeals.domain.states import Action
from appeals.models.appeal import Appeal
from appeals.models.appeal import Move as Made
from appeals.queries.staff_pages import find_staff_name
from appeals.queries.team import find_near_absence
from appeals.web.shared.request import act
from appeals.web.shared.texts import gettext, language

DONE: dict[Action, Message] = {
    Action.SIGN: message("%(number)s is signed for."),
    Action.CONTACT: message("The first contact is recorded: %(number)s."),
    Action.TRY_CONTACT: message("A failed try to reach the citizen is recorded: %(number)s."),
    Action.ASK_RETURN: message("The return of %(number)s is asked for. The centre decides."),
    Action.ASK_EXTENSION: message(
        "An extension of %(number)s by %(days)s working days is asked for. A supervisor decides."
    ),
    Action.ASSIGN: message("%(number)s is assigned to %(officer)s."),
    Action.ASK_CITIZEN: message("The citizen is asked: %(number)s."),
    Action.ANSWER: message("The answer to %(number)s is sent to the centre for review."),
    Action.NOTE: message("The note is left with %(number)s."),
}
"""By move; those of the centre are in `dispatching/centre_messages.py`."""


def describe_done(appeal: Appeal, made: Made) -> str:
    """Say in the reader's language what a move did to its case."""
    officer = made.facts.get("officer")
    values = {
        "number": appeal.number,
        "days": made.facts.get("days", ""),
        "officer": find_staff_name(act(), int(officer)) if officer else "",
    }
    return replace(DONE[made.action], values=tuple(values.items())).label(language())


def describe_bulk_done(action: Action, count: int, officer: str = "") -> str:
    """Say in the reader's language to how many cases a bulk action was done."""
    if action is Action.ASSIGN:
        name = find_staff_name(act(), int(officer)) if officer.isdecimal() else officer
        done = plural_message(
            "%(count)s case is assigned to %(officer)s.",
            "%(count)s cases are assigned to %(officer)s.",
            count,
            officer=name,
        )
    else:
        done = plural_message(
            "%(count)s case is signed for.", "%(count)s cases are signed for.", count
        )
    return done.label(language())


def warn_of_absence(officer: str) -> None:
    """Flash that the officer to whom cases were assigned is absent, or will be within a week."""
    absence = find_near_absence(act(), int(officer)) if officer.isdecimal() else None
    if absence is not None:
        flash(
            gettext(
                "%(name)s is absent %(days)s. Assign the work to somebody else if it cannot wait.",
                name=absence.name,
                days=absence.days,
            )
        )
