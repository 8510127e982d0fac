"""The first contact on one page: the number by a recorded press, the call, what came of it."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import Optional

from appeals.cases.access import open_case
from appeals.casework.handling import contacts, moves
from appeals.domain.contact import ContactDetails
from appeals.domain.moves.needs import WORDS
from appeals.domain.refusals import Refused, not_found
from appeals.domain.states import Action
from appeals.domain.vocabulary import ContactHow, YesNo
from appeals.queries import staff_pages
from appeals.web.shared.forms import (
    MAX_TEXT_CHARACTERS,
    CaseForm,
    add_refusal,
    term_choices,
    typed_text,
)
from appeals.web.shared.request import act
from appeals.web.shared.text_fields import MaxCharacters
from appeals.web.shared.texts import lazy_gettext as _
from appeals.web.staff import case_page, gone_page
from appeals.web.staff.calls.call_page import OUTCOME_FIELD, SHOW_NUMBER_FIELD, open_call_page
from appeals.web.staff.done_messages import describe_done
from appeals.web.staff.list_place import read_place


@dataclass(frozen=True)
class ContactOutcome:
    """What a button records: a move, and what it is given besides the form."""

    action: Action
    given: dict[str, str]


OUTCOMES = {
    "reached": ContactOutcome(Action.CONTACT, {}),
    "not_possible": ContactOutcome(Action.CONTACT, {"how": ContactHow.NOT_POSSIBLE.value}),
    "message_left": ContactOutcome(Action.TRY_CONTACT, {"message_left": YesNo.YES.value}),
    "no_message": ContactOutcome(Action.TRY_CONTACT, {"message_left": YesNo.NO.value}),
}
"""By the value of the pressed button."""


class FirstContactForm(CaseForm):
    """How and when the citizen was called; the pressed button says what came of it."""

    how = RadioField(_("How you called"), default=ContactHow.PHONE.value, validators=[Optional()])
    when = StringField(
        _("When (now if empty)"),
        validators=[Optional()],
        render_kw={"type": "datetime-local"},
    )
    words = TextAreaField(_("Note (optional)"), validators=[MaxCharacters(MAX_TEXT_CHARACTERS)])


def _build_form(fields: MultiDict[str, str] | None) -> FirstContactForm:
    """Build the form with its ways to call; that there is none has a button of its own."""
    form = FirstContactForm(fields)
    form.how.choices = [
        each for each in term_choices(ContactHow) if each[0] != ContactHow.NOT_POSSIBLE
    ]
    return form


def show_first_contact(
    number: str, came: FirstContactForm | None = None, contact: ContactDetails | None = None
) -> str:
    """Show whom to call, and the form; the contact is masked unless a recorded press shows it."""
    page = open_call_page(number, _build_form, came, contact)
    file = page.file
    open_actions = {move.action for move in file.open}
    place = read_place()
    return render_template(
        "staff/desk/first_contact.html",
        file=file,
        form=page.form,
        contact=page.contact,
        is_whole=page.is_whole,
        is_new=Action.SIGN in open_actions,
        waits=Action.CONTACT in open_actions,
        tries=staff_pages.count_contact_tries(act(), file.case),
        promises=staff_pages.list_running_promises(act(), file.case),
        place=place,
        following=place.find_next() if place else None,
    )


def take_first_contact(number: str) -> ResponseReturnValue:
    """Show the number, or record what came of the call; a refusal keeps the form."""
    try:
        appeal = open_case(act(), number)
    except Refused as problem:
        return gone_page.answer_gone(number, problem)
    form = _build_form(request.form)
    try:
        if SHOW_NUMBER_FIELD in request.form:
            contact = contacts.sign_and_reveal_contact(act(), appeal, seen=form.moves_seen)
            return show_first_contact(number, form, contact)
        outcome = OUTCOMES.get(request.form.get(OUTCOME_FIELD, ""))
        if outcome is None:
            raise not_found()
        if not form.validate():
            return show_first_contact(number, form), HTTPStatus.UNPROCESSABLE_ENTITY
        moves.refuse_if_moved_since(act(), appeal, form.moves_seen)
        given = {
            "how": form.how.data or "",
            "when": typed_text(form.when),
            WORDS: typed_text(form.words),
            **outcome.given,
        }
        made = moves.make_move(act(), appeal, outcome.action, given)
    except Refused as problem:
        add_refusal(form, problem)
        act().session.rollback()
        return show_first_contact(number, form), problem.kind.value
    flash(describe_done(appeal, made), "done")
    next_move = Action.ANSWER if outcome.action is Action.CONTACT else None
    return redirect(case_page.case_address(number, unfolded=next_move), 303)
