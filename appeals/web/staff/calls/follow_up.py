"""The centre's follow-up calls: one appeal a page, with the questions to ask, then the next."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, TextAreaField
from wtforms.validators import Optional

from appeals.cases.access import open_case
from appeals.casework.handling import contacts, moves
from appeals.domain.contact import ContactDetails
from appeals.domain.moves.needs import WORDS
from appeals.domain.refusals import Refused
from appeals.domain.states import Action
from appeals.domain.vocabulary import ContactReason, FollowUpOutcome, Satisfaction, Solved
from appeals.queries import case_file, queues
from appeals.web.shared.forms import (
    MAX_TEXT_CHARACTERS,
    CaseForm,
    add_refusal,
    term_choices,
    typed_text,
)
from appeals.web.shared.request import act
from appeals.web.shared.text_fields import MaxCharacters
from appeals.web.shared.texts import gettext, language
from appeals.web.shared.texts import lazy_gettext as _
from appeals.web.staff.calls.call_page import OUTCOME_FIELD, SHOW_NUMBER_FIELD, open_call_page

QUEUE = queues.QUEUES[queues.QueueName.FOLLOW_UP]


class FollowUpForm(CaseForm):
    """What the citizen says in a follow-up call; the pressed button says what came of it."""

    solved = RadioField(_("“Is the matter solved?”"), validators=[Optional()])
    satisfaction = RadioField(
        _("“How satisfied are you with how it was handled?”"), validators=[Optional()]
    )
    words = TextAreaField(
        _("“Is there anything else that you want to say?”"),
        validators=[MaxCharacters(MAX_TEXT_CHARACTERS)],
    )


def _build_form(fields: MultiDict[str, str] | None) -> FollowUpForm:
    form = FollowUpForm(fields)
    form.solved.choices = term_choices(Solved)
    form.satisfaction.choices = term_choices(Satisfaction)
    return form


def open_first() -> ResponseReturnValue:
    """Open the follow-up that is due first, or the empty queue."""
    return redirect(_address_of(queues.find_first(act(), QUEUE)))


def show_follow_up(
    number: str, came: FollowUpForm | None = None, contact: ContactDetails | None = None
) -> str:
    """Show one follow-up; the contact is masked unless it was shown by a recorded press."""
    page = open_call_page(number, _build_form, came, contact)
    file = page.file
    return render_template(
        "staff/centre/follow_up.html",
        file=file,
        form=page.form,
        answer=case_file.find_accepted_answer(file),
        contact=page.contact,
        is_whole=page.is_whole,
        waits=any(move.action is Action.FOLLOW_UP for move in file.open),
        left=queues.count_queues(act())[QUEUE.name],
        outcomes=[each for each in FollowUpOutcome if each is not FollowUpOutcome.REACHED],
        reached=FollowUpOutcome.REACHED,
    )


def take_follow_up(number: str) -> ResponseReturnValue:
    """Show the number, or record the call and open the next one; a refusal keeps the form."""
    appeal = open_case(act(), number)
    form = _build_form(request.form)
    try:
        if SHOW_NUMBER_FIELD in request.form:
            contact = contacts.reveal_contact(act(), appeal, ContactReason.CALL)
            return show_follow_up(number, form, contact)
        if not form.validate():
            return show_follow_up(number, form), HTTPStatus.UNPROCESSABLE_ENTITY
        following = queues.find_next(act(), QUEUE, appeal)
        moves.refuse_if_moved_since(act(), appeal, form.moves_seen)
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
