"""Return to the form's page, also over a sign-in in between.

A move or an intake that is sent after the session has ended is held for its account. After the
sign-in the page shows the filled form, to be sent again.
"""

from urllib.parse import urlsplit

from flask import current_app, flash, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from appeals.act import Act
from appeals.casework.accounts import held_forms
from appeals.models.staff import HeldForm
from appeals.web.shared.form_checks import list_sent_fields
from appeals.web.shared.texts import gettext

HELD_FORM_FIELD = "held"
"""The name of a held form's number in the address of the page that shows it, and in the form."""
PLACE_FIELD = "list"
"""The argument of a case's address, and the form field, with the case's place in a list."""
QUEUE_FIELD, PAGE_FIELD = "queue", "after"
"""Likewise the queue of the centre from which a form is sent, and the key of its page."""
MAX_HELD_FORM_DIGITS = 18
PAGE_OF_FORM = {
    "desk.move": "desk.case",
    "desk.answer_draft": "desk.case",
    "desk.take_first_contact": "desk.first_contact",
    "desk.several": "desk.index",
    "centre.move": "centre.case",
    "centre.for_caller": "centre.case",
    "centre.new": "centre.new",
    "centre.take_follow_up": "centre.follow_up",
    "centre.several": "centre.index",
}
"""The page with the form, by the endpoint that takes it; other forms are not held."""
ANCHORS = {"centre.case": "for-caller", "desk.case": "do-answer"}
"""The part of a page with its form, where that is not named by a move."""


def find_return_page(act: Act, token: str) -> str:
    """Return the page to open after the sign-in: the one asked for, or the form's that was sent.

    `token` is that of the ended session, by which the form's account is known; where it is empty
    the form is not held.
    """
    if request.method == "GET":
        return request.full_path.rstrip("?")
    page, fields = PAGE_OF_FORM.get(request.endpoint or ""), list_sent_fields()
    form_id = None
    if token and fields and page:
        form_id = held_forms.hold_form(act, token, request.path, fields)
    if form_id is None or page is None:
        return form_address()
    found = request.view_args or {}
    number = {"number": found["number"]} if "number" in found else {}
    anchor = f"do-{found['action']}" if number and "action" in found else ANCHORS.get(page)
    place, queue, after = (
        request.form.get(name) or None for name in (PLACE_FIELD, QUEUE_FIELD, PAGE_FIELD)
    )
    return url_for(
        page, **number, held=form_id, list=place, queue=queue, after=after, _anchor=anchor
    )


def find_held_form(act: Act, path: str) -> HeldForm | None:
    """Return the held form that the address names, if it is this account's and posts to `path`.

    `path` begins the address that the form posts to.
    """
    if HELD_FORM_FIELD not in request.args:
        return None
    held = held_forms.find_held_form(act, _read_number(request.args[HELD_FORM_FIELD]))
    if held is None or not held.path.startswith(path):
        flash(gettext("Nothing is kept here for your account."))
        return None
    return held


def held_fields(held: HeldForm) -> MultiDict[str, str]:
    """Return the fields of a held form as a request would bring them."""
    return MultiDict([(name, text) for name, text in held.fields])


def delete_sent_form(act: Act) -> None:
    """Delete the held form that is being sent; a refusal rolls this back."""
    if HELD_FORM_FIELD in request.form:
        held_forms.drop_held_form(act, _read_number(request.form[HELD_FORM_FIELD]))


def _read_number(text: str) -> int:
    """Parse the number of a held form; 0, which no form has, for anything else."""
    return int(text) if text.isdecimal() and len(text) <= MAX_HELD_FORM_DIGITS else 0


def form_address() -> str:
    """Return the address of the page that the form was on, the first page where none is known."""
    came = urlsplit(request.referrer or "")
    path = f"/{came.path.strip('/')}" if came.netloc == request.host else "/"
    while path and not _is_own_page(
        path
    ):  # a refused form is shown at the address that it posts to
        path = path.rpartition("/")[0]
    return f"{path or '/'}{'?' if came.query else ''}{came.query}"


def _is_own_page(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, "GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True
