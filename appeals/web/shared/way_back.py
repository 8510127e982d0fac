"""Where a person goes after the sign-in that came in between: to the page, or to the form sent."""

from flask import request, url_for

from appeals.act import Act
from appeals.casework.accounts import held_forms
from appeals.web.shared.form_checks import list_sent_fields

HELD_FORM = "held_form"
"""The field of a form that was held over a sign-in: its number."""


def find_way_back(act: Act, token: str | None) -> str | None:
    """Return the page that was asked for; a form that was sent is held, its page returned.

    `token` is of the browser's session, which has ended; without one nobody knows whose the form
    is, and it is not held.
    """
    here = request.full_path.rstrip("?")
    if request.method == "GET":
        return here
    fields = list_sent_fields()
    if not token or not fields or request.blueprint == "held_forms":
        return None
    form_id = held_forms.hold_form(act, token, here, fields)
    return url_for("held_forms.held_form", form_id=form_id) if form_id else None


def drop_sent_form(act: Act) -> None:
    """Forget the held form that is sent now; it stays held where what it asks is refused."""
    if HELD_FORM in request.form:
        held_forms.drop_form(act, request.form.get(HELD_FORM, 0, type=int))
