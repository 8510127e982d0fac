"""The pages of refusals and errors, in both languages, and JSON for programs' addresses."""

import structlog
from flask import Flask, g, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from appeals.domain.refusals import Refused
from appeals.web.request import language

log = structlog.get_logger()
Answer = tuple[str, int]
KNOWN = (400, 403, 404, 405, 409, 413, 422, 429, 500, 503)


def install(app: Flask) -> None:
    """Answer every refusal and error with a page."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, plain)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(InterfaceError, database_away)
    app.register_error_handler(InternalServerError, failed)


def refused(problem: Refused) -> Answer:
    """Show a refusal that no form caught, with its own sentence."""
    log.info("refused", kind=problem.kind.name, endpoint=request.endpoint)
    return page(problem.kind.value, problem.sentence(language()))


def stale_form(problem: CSRFError) -> Answer:
    """Ask to send a form again whose token is missing or older than a day."""
    del problem
    return page(
        400, gettext("This page was open for too long. Go back, reload it and send it again.")
    )


def plain(problem: HTTPException) -> Answer:
    """Show what the framework refuses."""
    return page(problem.code or 500)


def database_away(problem: Exception) -> Answer:
    """Say that the system is away for a moment: the database does not answer."""
    log.error("database_away", problem=type(problem).__name__)
    g.database_away = True
    return page(503)


def failed(problem: InternalServerError) -> Answer:
    """Say sorry; Flask has logged what happened, with the request's id."""
    del problem
    return page(500)


def page(status: int, sentence: str = "") -> Answer:
    """Give the page of a status, of its own where it has one."""
    template = f"errors/{status if status in KNOWN else 500}.html"
    return render_template(template, sentence=sentence), status
