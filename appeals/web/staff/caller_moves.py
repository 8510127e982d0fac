"""The view that makes a move for a citizen who calls about an existing appeal."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals.cases.access import open_case
from appeals.casework.accounts import rate_limits
from appeals.casework.handling import caller_moves, moves
from appeals.domain.lifecycle import MOVES
from appeals.domain.messages import message
from appeals.domain.refusals import Refused, not_found
from appeals.domain.states import Action
from appeals.models.appeal import Appeal
from appeals.web.shared import request as edge
from appeals.web.shared.display import row_label
from appeals.web.shared.forms import add_refusal, typed_text
from appeals.web.shared.request import act
from appeals.web.shared.texts import gettext, language
from appeals.web.staff import case_page, gone_page
from appeals.web.staff.caller_forms import CallerForm, build_caller_form

MOVE_FIELD = "move"
"""The name of the buttons; the value is the move."""
FOR_CALLER = {move.action.value: move.action for move in MOVES if move.for_caller}


def make_move(number: str) -> ResponseReturnValue:
    """Make the move of the pressed button, then show the case; a refusal keeps what was typed."""
    action = FOR_CALLER.get(request.form.get(MOVE_FIELD, ""))
    if action is None:
        raise not_found()
    try:
        appeal = open_case(act(), number)
    except Refused as problem:
        return gone_page.answer_gone(number, problem)
    form = build_caller_form()
    if not form.validate_on_submit():
        return case_page.show_case(number, came=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        with _take_back_if_refused(appeal, form):
            moves.refuse_if_moved_since(act(), appeal, form.moves_seen)
            return _make_move(appeal, action, form)
    except Refused as problem:
        add_refusal(form, problem)
        return case_page.show_case(number, came=form), problem.kind.value


@contextmanager
def _take_back_if_refused(appeal: Appeal, form: CallerForm) -> Iterator[None]:
    """Take back what a refused move wrote, but for the count of a wrong query code.

    A code that was typed is counted before it is compared. Raises Refused (too many).
    """
    if not typed_text(form.query_code):
        try:
            yield
        except Refused:
            act().session.rollback()
            raise
        return
    edge.commit_even_if_refused()
    tried = rate_limits.caller_code_limits(act().actor.staff_id or 0, appeal.number)
    rate_limits.count_try(act(), tried)
    try:
        with act().session.begin_nested():
            yield
    except Refused as problem:
        if problem.field != caller_moves.QUERY_CODE:
            rate_limits.forget_try(act(), tried)
        raise
    rate_limits.forget_try(act(), tried)


def _make_move(appeal: Appeal, action: Action, form: CallerForm) -> ResponseReturnValue:
    if action is Action.CHANGE_CONTACT:
        changed = caller_moves.change_contact_for_caller(
            act(), appeal, form.to_contact(), form.to_caller(), confidential=form.to_confidential()
        )
        if not changed:
            flash(gettext("This is the contact already. Nothing was changed."))
            return redirect(_address_of(appeal, form), 303)
    else:
        code = caller_moves.make_move_for_caller(
            act(), appeal, action, typed_text(form.words), form.to_caller()
        )
        if code:
            return render_template("staff/centre/code.html", number=appeal.number, code=code)
    flash(_describe_success(appeal, action), "done")
    return redirect(_address_of(appeal, form), 303)


def _address_of(appeal: Appeal, form: CallerForm) -> str:
    """Return the address of the case, with the number of the caller, who may ask for more."""
    number = typed_text(form.calling_number) or None
    return url_for("centre.case", number=appeal.number, caller=number)


def _describe_success(appeal: Appeal, action: Action) -> str:
    """Say what was done for the caller, and which department was told."""
    what = {"what": action, "number": appeal.number}
    if appeal.holder and action in {Action.ADD, Action.URGE, Action.WITHDRAW}:
        holder = row_label(appeal.holder)
        done = message(
            "Done for the caller: %(what)s, %(number)s. %(department)s is told.",
            department=holder,
            **what,
        )
    else:
        done = message("Done for the caller: %(what)s, %(number)s.", **what)
    return done.label(language())
