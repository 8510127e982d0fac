"""What the pages of calls share: the case with whom to call, and the contact shown on request."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from appeals.cases.access import open_case
from appeals.casework.handling import contacts
from appeals.domain.contact import ContactDetails
from appeals.domain.refusals import Refused
from appeals.domain.vocabulary import AccessKind, ContactReason
from appeals.queries import case_file, staff_pages
from appeals.queries.case_file import CaseFile
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import (
    CaseForm,
    RevealContactForm,
    add_refusal,
    build_reveal_form,
    typed_text,
)
from appeals.web.shared.request import act
from appeals.web.shared.return_page import find_held_form, held_fields

SHOW_NUMBER_FIELD, OUTCOME_FIELD = "show", "outcome"
"""The names of the buttons of a call: one shows the number, the others say what came of it."""

Form = TypeVar("Form", bound=CaseForm)


@dataclass(frozen=True)
class CallPage(Generic[Form]):
    """A case whose citizen is called; the contact is whole where a recorded press showed it."""

    file: CaseFile
    form: Form
    contact: ContactDetails
    is_whole: bool


def open_call_page(
    number: str,
    build: Callable[[MultiDict[str, str] | None], Form],
    came: Form | None,
    shown: ContactDetails | None,
) -> CallPage[Form]:
    """Open a case to call its citizen; the access log has it.

    Args:
        number: The number of the appeal.
        build: Builds the form with the fields of one that was held over a sign-in, or empty.
        came: The form that was sent, if one was.
        shown: The contact that a press has just shown, which is in the access log already.
    """
    file = case_file.open_case_file(act(), number)
    if shown is None:
        noted_accesses.note_access(AccessKind.CASE_VIEWED, file.appeal.id)
    if came is None:
        held = find_held_form(act(), request.path)
        came = build(held_fields(held) if held else None)
    contact = shown or staff_pages.masked_contact(act(), file)
    return CallPage(file, came, contact, is_whole=shown is not None)


class PageWithContact(Protocol):
    """Renders a page of an appeal that can show its contact."""

    def __call__(
        self, number: str, *, asked: RevealContactForm, contact: ContactDetails | None = None
    ) -> str:
        """Render the page, with what was typed to see the contact."""


def show_with_contact(number: str, show_page: PageWithContact) -> ResponseReturnValue:
    """Show a page with the citizen's whole contact, in this answer only; it is logged first."""
    appeal = open_case(act(), number)
    form = build_reveal_form()
    if not form.validate_on_submit():
        return show_page(number, asked=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        contact = contacts.reveal_contact(
            act(), appeal, ContactReason(form.reason.data), typed_text(form.words)
        )
    except Refused as problem:
        add_refusal(form, problem)
        return show_page(number, asked=form), problem.kind.value
    return show_page(number, asked=form, contact=contact)
