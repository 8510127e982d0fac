"""The centre's follow-up calls: one appeal a page, with the questions to ask, then the next."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, RadioField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from appeals.cases.access import open_case
from appeals.casework.handling import contacts, moves
from appeals.domain.contact import ContactDetails
from appeals.domain.moves.needs import WORDS
from appeals.domain.refusals import Refused
from appeals.domain.states import Action
from appeals.domain.vocabulary import (
    AccessKind,
    ContactReason,
    FollowUpOutcome,
    Satisfaction,
    Solved,
)
from appeals.queries import case_file, queues, staff_pages
from appeals.web.shared import noted_accesses
from appeals.web.shared.forms import MAX_TEXT_CHARACTERS, add_refusal, term_choices, typed_text
from appeals.web.shared.request import act
from appeals.web.shared.return_page import find_held_form, held_fields
from appeals.web.shared.text_fields import MaxCharacters, PageForm
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _

QUEUE = queues.QUEUES[queues.QueueName.FOLLOW_UP]
SHOW_NUMBER_FIELD, OUTCOME_FIELD = "show", "outcome"
"""The names of the buttons: one shows the number, the others say what came of the call."""


class FollowUpForm(PageForm):
    """What the citizen says in a follow-up call; the pressed button says what came of it."""

    seen = IntegerField("", widget=HiddenInput(), validators=[Optional()])
    solved = RadioField(_("“Is the matter solved?”"), validators=[Optional()])
    satisfaction = RadioField(
        _("“How satisfied are you with how it was handled?”"), validators=[Optional()]
    )
    words = TextAreaField(
        _("“Is there anything else that you want to say?”"),
        validators=[MaxCharacters(MAX_TEXT_CHARACTERS)],
    )

    def set_choices(self) -> None:
        """Fill the lists with their choices."""
        self.solved.choices = term_choices(Solved)
        self.satisfaction.choices = term_choices(Satisfaction)


def open_first() -> ResponseReturnValue:
    """Open the follow-up that is due first, or the empty queue."""
    return redirect(_address_of(queues.find_first(act(), QUEUE)))


def show_follow_up(
    number: str, came: FollowUpForm | None = None, contact: ContactDetails | None = None
) -> str:
    """Show one follow-up; the contact is masked unless it was shown by a recorded press."""
    file = case_file.open_case_file(act(), number)
    if contact is None:
        noted_accesses.note_access(AccessKind.CASE_VIEWED, file.appeal.id)
    if came is None:
        held = find_held_form(act(), request.path)
        came = FollowUpForm(held_fields(held)) if held else FollowUpForm(formdata=None)
        came.set_choices()
    return render_template(
        "staff/centre/follow_up.html",
        file=file,
        form=came,
        answer=case_file.find_accepted_answer(file),
        contact=contact or staff_pages.masked_contact(act(), file),
        is_whole=contact is not None,
        waits=any(move.action is Action.FOLLOW_UP for move in file.open),
        left=queues.count_queues(act())[QUEUE.name],
        outcomes=[each for each in FollowUpOutcome if each is not FollowUpOutcome.REACHED],
        reached=FollowUpOutcome.REACHED,
    )


def take_follow_up(number: str) -> ResponseReturnValue:
    """Show the number, or record the call and open the next one; a refusal keeps the form."""
    appeal = open_case(act(), number)
    form = FollowUpForm()
    form.set_choices()
    try:
        if SHOW_NUMBER_FIELD in request.form:
            contact = contacts.reveal_contact(act(), appeal, ContactReason.CALL)
            return show_follow_up(number, form, contact)
        if not form.validate():
            return show_follow_up(number, form), HTTPStatus.UNPROCESSABLE_ENTITY
        following = queues.find_next(act(), QUEUE, appeal)
        seen = form.seen.data if form.seen.data is not None else -1
        moves.refuse_if_moved_since(act(), appeal, seen)
        given = {
            "outcome": request.form.get(OUTCOME_FIELD, ""),
            "solved": form.solved.data or "",
            "satisfaction": form.satisfaction.data or "",
            WORDS: typed_text(form.words),
        }
        moves.make_move(act(), appeal, Action.FOLLOW_UP, given)
    except Refused as problem:
        add_refusal(form, problem)
        act().session.rollback()
        return show_follow_up(number, form), problem.kind.value
    outcome = FollowUpOutcome(given["outcome"]).label(language())
    flash(
        gettext("Follow-up of %(number)s: %(outcome)s.", number=appeal.number, outcome=outcome),
        "done",
    )
    return redirect(_address_of(following), 303)


def _address_of(number: str | None) -> str:
    if number is None:
        return url_for("centre.index", queue=QUEUE.name)
    return url_for("centre.follow_up", number=number)
