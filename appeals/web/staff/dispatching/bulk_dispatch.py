"""Dispatching several appeals of the tray at once, each to the department proposed for it."""

from collections.abc import Iterator, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from appeals.casework.handling.bulk_actions import ChosenDispatch, dispatch_each
from appeals.domain.lifecycle import find_move_rule
from appeals.domain.refusals import RefusedKind
from appeals.domain.states import Action, State
from appeals.queries.administration import permissions
from appeals.queries.queues import QUEUES, QueueName
from appeals.queries.work_list import PAGE_ROWS
from appeals.web.shared.request import act, end_each_transaction
from appeals.web.shared.return_page import find_held_form, held_fields
from appeals.web.shared.texts import gettext
from appeals.web.staff.dispatching.queue_place import read_queue_place

CHOSEN_FIELD = "chosen"
"""The field of each ticked appeal: its number, the department, the moves that it was shown with."""
MAX_DIGITS = 9


def dispatch_chosen() -> ResponseReturnValue:
    """Dispatch the ticked appeals; say of each where it went, or why it did not.

    Raises Refused (not allowed) for a role that dispatches nothing.
    """
    find_move_rule(Action.DISPATCH, State.ACCEPTED, act().actor.role)
    chosen = list(_read_chosen(request.form.getlist(CHOSEN_FIELD)))[:PAGE_ROWS]
    place = read_queue_place()
    back = place.address if place else url_for("centre.index", queue="tray")
    if not chosen:
        flash(gettext("Choose at least one appeal of the list."))
        return redirect(back, 303)
    outcomes = end_each_transaction(dispatch_each(act(), chosen))
    sent = [each for each in outcomes if each.refused is None]
    hidden = any(each.is_restricted for each in sent)
    shown = render_template(
        "staff/centre/several.html",
        queue=QUEUES[QueueName.TRAY],
        sent=sent,
        refused=[each for each in outcomes if each.refused is not None],
        permitted=permissions.find_departments_with_permission(act()) if hidden else frozenset(),
        back=back,
    )
    return shown if sent else (shown, RefusedKind.NOT_NOW.value)


def list_held_ticks() -> list[str]:
    """Return the boxes that were ticked in a form held over a sign-in; none without one."""
    held = find_held_form(act(), url_for("centre.several"))
    return held_fields(held).getlist(CHOSEN_FIELD) if held else []


def _read_chosen(values: Sequence[str]) -> Iterator[ChosenDispatch]:
    """Yield what the ticked boxes say; what no page of ours has sent is left out."""
    for value in values:
        number, department, seen = [*value.split(" "), "", "", ""][:3]
        if number and department and seen.isdecimal() and len(seen) <= MAX_DIGITS:
            yield ChosenDispatch(number, department, int(seen))
