"""The pages of refusals and errors, in both languages."""

import structlog
from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc
from werkzeug.exceptions import ClientDisconnected, HTTPException, InternalServerError
from wtforms.fields.core import UnboundField

from appeals.domain.refusals import Refused
from appeals.logs import SecurityEvent, log_security_event
from appeals.web.shared import noted_accesses
from appeals.web.shared.filing_forms import FilingForm
from appeals.web.shared.form_checks import UnreadableForm, list_sent_fields
from appeals.web.shared.texts import gettext, language

log = structlog.get_logger()
ErrorAnswer = tuple[str, int]
RETRYABLE_STATUSES = (400, 503)
DATABASE_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What SQLAlchemy raises where the database does not answer; `TimeoutError` where the pool is used
up."""
STATUSES_WITH_PAGE = (400, 403, 404, 405, 408, 409, 413, 422, 429, 500, 503)


def init_app(app: Flask) -> None:
    """Register a page for every refusal and error."""
    app.register_error_handler(Refused, answer_refusal)
    app.register_error_handler(CSRFError, answer_stale_form)
    app.register_error_handler(ClientDisconnected, answer_slow_client)
    app.register_error_handler(UnreadableForm, answer_unreadable_form)
    app.register_error_handler(HTTPException, answer_http_error)
    for each in DATABASE_AWAY:
        app.register_error_handler(each, answer_database_away)
    app.register_error_handler(InternalServerError, answer_internal_error)


def answer_refusal(problem: Refused) -> ErrorAnswer:
    """Answer a refusal that no form caught with its own sentence."""
    log.info("refused", kind=problem.kind.name, endpoint=request.endpoint)
    return error_page(problem.kind.value, problem.label(language()))


def answer_stale_form(problem: CSRFError) -> ErrorAnswer:
    """Show a form without a valid CSRF token again, to be sent with a new one."""
    del problem
    log_security_event(SecurityEvent.FORM_REFUSED, endpoint=request.endpoint, why="token")
    return error_page(400, gettext("This page was open for too long, so nothing was done yet."))


def answer_unreadable_form(problem: UnreadableForm) -> ErrorAnswer:
    """Show a form of an unknown encoding again, so that its texts can be corrected."""
    del problem
    sentence = gettext(
        "The encoding of your text could not be read: it is neither UTF-8 nor GB18030. Nothing was "
        "done yet. What could not be read is marked � below."
    )
    return error_page(400, sentence, is_shown=True)


def answer_slow_client(problem: ClientDisconnected) -> ErrorAnswer:
    """Answer 408: the body did not come in time, or the client has gone."""
    del problem
    return error_page(408)


def answer_http_error(problem: HTTPException) -> ErrorAnswer:
    """Answer an HTTP error of the framework."""
    return error_page(problem.code or 500)


def answer_database_away(problem: Exception) -> ErrorAnswer:
    """Answer 503: the database does not answer."""
    log.error("database_away", problem=type(problem).__name__)
    g.database_away = True
    return error_page(503)


def answer_internal_error(problem: InternalServerError) -> ErrorAnswer:
    """Answer 500; Flask has logged the error with the request's id.

    Database errors after the view, while a body is read or at the commit, come here too.
    """
    original = problem.original_exception
    is_away = isinstance(original, DATABASE_AWAY) or g.get("database_away")
    if is_away and isinstance(original, Exception):
        return answer_database_away(original)
    return error_page(500)


def error_page(status: int, sentence: str = "", *, is_shown: bool = False) -> ErrorAnswer:
    """Render the page of a status, from its own template where it has one.

    With `is_shown` the texts of the form are shown, to be corrected and sent again.
    """
    noted_accesses.discard_accesses()
    template = f"errors/{status if status in STATUSES_WITH_PAGE else 500}.html"
    again = list_fields_to_resend() if status in RETRYABLE_STATUSES else []
    return render_template(template, sentence=sentence, again=again, is_shown=is_shown), status


def list_fields_to_resend() -> list[tuple[str, str, str]]:
    """Return name, label and text of each field of the form, for a page that sends it once more."""
    return [(name, _label_field(name), text) for name, text in list_sent_fields()]


def _label_field(name: str) -> str:
    """Return a field's label on the form of a filing, a common one for other forms' fields."""
    field = getattr(FilingForm, name, None)
    label = str(field.args[0]) if isinstance(field, UnboundField) and field.args else ""
    return label or gettext("What you wrote")
