"""The planned downtime on the website: its banner, and the answer to forms while it lasts.

A form is refused with 503 before any view. What staff had typed is held for their account, as after
a session has ended; the page of the answer holds what a citizen had typed, to be sent once more.
Whoever signs in, follows an appeal, or ends the downtime, is not refused.
"""

from collections.abc import Mapping

import structlog
from flask import Flask, g, render_template, request
from werkzeug.exceptions import ServiceUnavailable

from appeals.domain.configuration import DOWNTIME
from appeals.reference.reference_data import PlannedDowntime, load_reference
from appeals.web.shared.display import find_city, find_text
from appeals.web.shared.error_pages import list_fields_to_resend
from appeals.web.shared.form_checks import SAFE_METHODS
from appeals.web.shared.request import STAFF_COOKIE, act, commit_even_if_refused
from appeals.web.shared.return_page import HELD_FORM_FIELD, find_return_page

log = structlog.get_logger()

ADMITTED_ENDPOINTS = frozenset(
    {
        "sign_in.sign_in",
        "sign_in.code",
        "sign_in.sign_out",
        "citizen.follow",
        "citizen.forget",
        "screens.open",
    }
)
"""Forms that only open or close a session."""
CHANGE_ENDPOINT = "admin_city.step"
"""The form of administrators that ends the downtime, where its row is the downtime's."""


class RefusedByDowntime(ServiceUnavailable):
    """A form that was sent during a read-only downtime."""

    def __init__(self, planned: PlannedDowntime) -> None:
        """Remember the downtime."""
        super().__init__()
        self.planned = planned


def init_app(app: Flask) -> None:
    """Register the check of forms, its page, and the banner's function for templates."""
    app.before_request(refuse_during_downtime)
    app.register_error_handler(RefusedByDowntime, answer_refused_form)
    app.jinja_env.globals.update(
        planned_downtime=find_announced_downtime, downtime_note=describe_downtime
    )


def refuse_during_downtime() -> None:
    """Refuse a form while a read-only downtime lasts. Raises RefusedByDowntime."""
    if request.method in SAFE_METHODS or request.endpoint in {None, *ADMITTED_ENDPOINTS}:
        return
    planned = load_reference(act()).downtime
    if planned is None or not planned.refuses_forms(act().now) or _ends_downtime():
        return
    raise RefusedByDowntime(planned)


def answer_refused_form(problem: RefusedByDowntime) -> tuple[str, int, Mapping[str, str]]:
    """Answer 503: until when nothing can be sent, and where what was typed is held."""
    planned = problem.planned
    log.info("refused_by_downtime", endpoint=request.endpoint)
    page = ""
    if act().actor.staff_id is not None:
        page = find_return_page(act(), STAFF_COOKIE.read_value())
        commit_even_if_refused()
    held = page if f"{HELD_FORM_FIELD}=" in page else ""
    shown = render_template(
        "errors/downtime.html",
        planned=planned,
        held=held,
        again=[] if held else list_fields_to_resend(),
        has_files=bool(request.files),
    )
    return shown, problem.code, {"Retry-After": str(planned.seconds_left(act().now))}


def find_announced_downtime() -> PlannedDowntime | None:
    """Return the planned downtime until it is over; without the database the one last read."""
    city = find_city()
    planned = city.downtime if city else None
    if planned is None or "act" not in g or planned.is_over(g.act.now):
        return None
    return planned


def describe_downtime(planned: PlannedDowntime) -> str:
    """Return what is done during the downtime, in the reader's language."""
    return find_text(planned.note)


def _ends_downtime() -> bool:
    return (
        request.endpoint == CHANGE_ENDPOINT
        and (request.view_args or {}).get("name") == DOWNTIME.name
    )
