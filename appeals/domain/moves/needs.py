"""The fields that moves and changes can need: forms are built, and input checked, from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from appeals.domain.messages import Labelled, Message, message
from appeals.domain.refusals import Refused, not_valid
from appeals.domain.vocabulary import (
    Channel,
    ContactHow,
    FollowUpOutcome,
    Kind,
    NotAcceptedReason,
    RecognisedBy,
    Result,
    ReturnReason,
    Satisfaction,
    Solved,
    Term,
    TryHow,
    YesNo,
)


class Input(Enum):
    """The kind of form field: a closed list, free text, or a choice among the city's own rows."""

    CHOICE = "choice"
    LINE = "line"
    WORDS = "words"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    DEPARTMENT = "department"
    OFFICER = "officer"
    CATEGORY = "category"
    DISTRICT = "district"
    STREET = "street"
    DUTY = "duty"
    ROLE = "role"


@dataclass(frozen=True)
class Need(Labelled):
    """One field of a move; `name` is its key in the input, `words` for the free text."""

    name: str
    text: Message
    input: Input
    required: bool = True
    choices: type[Term] | None = None

    def label(self, language: str) -> str:
        """Return the label in `language`."""
        return self.text.label(language)

    def with_value(self, value: object) -> Message:
        """Return the label with its value; a label that is a question gets no colon."""
        if self.text.key.endswith("?"):
            return message("%(question)s %(answer)s", question=self.text, answer=value)
        return message("%(field)s: %(value)s", field=self.text, value=value)


def check_needs(needs: Sequence[Need], given: Mapping[str, str]) -> None:
    """Refuse (not valid) a missing required value or a value outside a closed list."""
    for need in needs:
        value = given.get(need.name, "").strip()
        if not value and need.required:
            raise not_valid(need.name, message("Enter: %(field)s.", field=need))
        if value and need.choices and value not in {term.value for term in need.choices}:
            raise wrong_choice(need)


def wrong_choice(need: Need) -> Refused:
    """Return the refusal of a value that is not among the choices of a field."""
    return not_valid(need.name, message("Choose: %(field)s.", field=need))


WORDS = "words"
"""The one free text of a move; it may hold personal data and is stored apart from the facts."""

COMPLAINED_DEPARTMENT = "complained_department"
"""The department that a restricted appeal is about (Rules 3)."""

CHANNEL, RECOGNISED_BY = "channel", "recognised_by"
"""The facts of a move that the centre makes for a caller (Rules 8)."""

TEMPLATE = "used_template"
"""The reply template that was inserted last into an answer, by its name then."""

RESTRICTED = "restricted"
"""Set on a filing or correction with a restricted category: the appeal becomes restricted.

The writer sets it, so that a replay does not depend on today's category.
"""


def _words_need(text: Message, *, required: bool = True) -> Need:
    return Need(WORDS, text, Input.WORDS, required=required)


def _choice_need(name: str, text: Message, terms: type[Term], *, required: bool = True) -> Need:
    return Need(name, text, Input.CHOICE, required=required, choices=terms)


def _row_need(name: str, text: Message, kind: Input, *, required: bool = True) -> Need:
    return Need(name, text, kind, required=required)


NEEDS: dict[str, Need] = {
    "reason": _words_need(message("Reason")),
    "maybe_reason": _words_need(message("Reason (optional)"), required=False),
    "note": _words_need(message("Note (optional)"), required=False),
    "internal_note": _words_need(message("Note for colleagues (never shown to citizens)")),
    "route": _words_need(message("Where the citizen should turn instead")),
    "reply": _words_need(message("Your answer")),
    "question": _words_need(message("Your question to the citizen")),
    "more": _words_need(message("What you want to add")),
    "comment": _words_need(message("Comment (optional)"), required=False),
    "not_accepted_reason": _choice_need(
        "reason", message("Why it is not accepted"), NotAcceptedReason
    ),
    "return_reason": _choice_need("reason", message("Why it should be returned"), ReturnReason),
    "how": _choice_need("how", message("How the citizen was reached"), ContactHow),
    "confidential": _choice_need("confidential", message("Kept from the department"), YesNo),
    "tried_how": _choice_need("how", message("How you tried"), TryHow),
    "message_left": _choice_need(
        "message_left",
        message("Did you leave a message (text, voice or a note at the door)?"),
        YesNo,
    ),
    CHANNEL: _choice_need(CHANNEL, message("Asked through"), Channel, required=False),
    RECOGNISED_BY: _choice_need(
        RECOGNISED_BY, message("How the caller was recognised"), RecognisedBy, required=False
    ),
    TEMPLATE: _row_need(TEMPLATE, message("Template used"), Input.LINE, required=False),
    "when": _row_need("when", message("When (now if empty)"), Input.MOMENT, required=False),
    "days": _row_need("days", message("Working days to add"), Input.NUMBER),
    "result": _choice_need("result", message("What came of it"), Result),
    "outcome": _choice_need("outcome", message("What came of the call"), FollowUpOutcome),
    "solved": _choice_need("solved", message("Was it solved?"), Solved),
    "maybe_solved": _choice_need("solved", message("Was it solved?"), Solved, required=False),
    "satisfaction": _choice_need("satisfaction", message("How satisfied are you?"), Satisfaction),
    "maybe_satisfaction": _choice_need(
        "satisfaction", message("How satisfied"), Satisfaction, required=False
    ),
    "department": _row_need("department", message("Department"), Input.DEPARTMENT),
    "officer": _row_need("officer", message("Officer"), Input.OFFICER),
    "investigation": _choice_need(
        "investigation", message("Needs an investigation"), YesNo, required=False
    ),
    "dispatch_urgent": _choice_need("urgent", message("Urgent"), YesNo, required=False),
    "urgent": _choice_need("urgent", message("Urgent"), YesNo, required=False),
    "kind": _choice_need("kind", message("Kind"), Kind, required=False),
    "category": _row_need("category", message("Category"), Input.CATEGORY, required=False),
    "district": _row_need("district", message("District"), Input.DISTRICT, required=False),
    "street": _row_need("street", message("Street or town"), Input.STREET, required=False),
    COMPLAINED_DEPARTMENT: _row_need(
        COMPLAINED_DEPARTMENT,
        message("Department complained about (restricted categories only)"),
        Input.DEPARTMENT,
        required=False,
    ),
}
