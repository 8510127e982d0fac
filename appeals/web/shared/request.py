"""The edge of a request: client address, act, language, roles, commit.

A request answered below 400 is committed, any other rolled back, so that a refused form writes
nothing. Exceptions: attempts at a password or a code (`commit_even_if_refused`), and the access log
(`web/shared/noted_accesses.py`).
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeVar

import structlog
from flask import Flask, Response, current_app, g, redirect, request, url_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from appeals.act import Act, read_contact_settings
from appeals.casework.accounts import staff_accounts
from appeals.casework.accounts.rate_limits import TrySource
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.refusals import not_allowed
from appeals.logs import SecurityEvent, log_security_event
from appeals.settings import Settings
from appeals.web.shared import known_browser, noted_accesses
from appeals.web.shared.citizen_session import current_citizen
from appeals.web.shared.cookies import Cookie
from appeals.web.shared.form_checks import (
    MAX_FORM_BYTES,
    refuse_cross_site_forms,
    refuse_malformed_forms,
)
from appeals.web.shared.return_page import delete_sent_form, find_return_page
from appeals.web.shared.streamed_bodies import buffer_body
from appeals.web.shared.texts import remember_language

log = structlog.get_logger()

IPV6_PREFIX_BITS = 64
"""Bits of an IPv6 address that name a network; a client chooses the rest freely."""
FIRST_ERROR_STATUS, FORBIDDEN_STATUS = 400, 403
MAX_USER_AGENT_CHARACTERS = 300
STAFF_COOKIE = Cookie("sid", same_site="Strict")
REFRESH_ARGUMENT = "anew"
"""The query argument of a page that refreshes itself; such a request does not renew the session."""
UNLOGGED_ENDPOINTS = frozenset({"health.live", "health.ready", "health.metrics"})
"""Endpoints whose requests are not logged: many, and without meaning."""
Outcome = TypeVar("Outcome")
Sessions = Callable[[], Session]
Guard = Callable[[], AnyResponse | None]
GUARDS: set[Guard] = set()


def act() -> Act:
    """Return the request's act: one database session, one actor, one moment (aware UTC)."""
    if "act" not in g:
        opened: Session = current_app.extensions["appeals_sessions"]()
        g.database = opened
        settings: Settings = current_app.config["SETTINGS"]
        secret: bytes = current_app.extensions["appeals_secret"]
        nobody = Act(
            opened,
            STRANGER,
            datetime.now(UTC),
            secret,
            settings.base_url,
            read_contact_settings(settings),
        )
        g.act = nobody.by(_signed_in_actor(nobody) or current_citizen(nobody.now))
    found: Act = g.act
    return found


def commit_even_if_refused() -> None:
    """Commit this request even if it is refused, so that a wrong password or code is counted."""
    g.keep = True


def commit_so_far() -> None:
    """Commit what the request did so far and give its connection back before something slow."""
    act().session.commit()


def end_each_transaction(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes of a bulk action, each committed before the next one is made.

    An outcome that was refused has written nothing; ending its transaction gives up its locks.
    """
    ended = []
    for each in outcomes:
        act().session.commit()
        ended.append(each)
    return ended


def client_address() -> str:
    """Return the client's network address for rate limits; IPv6 is cut to its /64 network."""
    try:
        known = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        return str(ip_network((known, IPV6_PREFIX_BITS), strict=False))
    return str(known)


def attempt_source(subject: str) -> TrySource:
    """Return the source of an attempt at a password or a query code, for rate limits."""
    return TrySource(client_address(), known_browser.browser_id_for(subject))


def is_local() -> bool:
    """Return whether the request comes from this machine, through no proxy.

    Judged by the connection's peer; a request with a forwarding header counts as remote.
    """
    if "HTTP_X_FORWARDED_FOR" in request.environ or "HTTP_FORWARDED" in request.environ:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def user_agent() -> str:
    """Return the User-Agent header, shortened, by which sessions are listed."""
    return request.user_agent.string[:MAX_USER_AGENT_CHARACTERS]


def require_roles(*roles: Role) -> Guard:
    """Return the guard that a staff blueprint runs before every view.

    Without a session the guard redirects to the sign-in page; a one-time password must be changed
    first, then a required second factor set up; another role is refused with 403.
    """

    def guard() -> AnyResponse | None:
        actor = act().actor
        if g.must_change_password:
            return redirect(url_for("sign_in.account"))
        if g.must_set_factor and actor.staff_id is None:
            return redirect(url_for("second_factor.factor"))
        if actor.staff_id is None:
            back = find_return_page(act(), STAFF_COOKIE.read_value())
            return redirect(url_for("sign_in.sign_in", next=back))
        if actor.role not in roles:
            raise not_allowed()
        delete_sent_form(act())
        return None

    GUARDS.add(guard)
    return guard


def init_app(app: Flask, sessions: Sessions, secret: bytes) -> None:
    """Register the hooks that open one transaction a request and end it."""
    app.extensions["appeals_sessions"] = sessions
    app.extensions["appeals_secret"] = secret
    app.secret_key = hmac.digest(secret, b"cookies", hashlib.sha256)
    app.before_request(_begin_request)
    app.before_request(refuse_cross_site_forms)
    app.before_request(refuse_malformed_forms)
    app.after_request(_log_answer)
    app.after_request(_finish_request)
    app.after_request(remember_language)
    app.teardown_request(_close_session)


def _begin_request() -> None:
    if request.mimetype != "multipart/form-data":
        most = min(request.max_content_length or MAX_FORM_BYTES, MAX_FORM_BYTES)
        request.max_content_length = most  # before anything reads the body
    structlog.contextvars.clear_contextvars()
    g.request_id = secrets.token_hex(8)
    g.begun = time.perf_counter()
    structlog.contextvars.bind_contextvars(request=g.request_id)
    g.must_change_password = g.must_set_factor = False


def _signed_in_actor(nobody: Act) -> Actor | None:
    """Return who is signed in; who must act first (password, factor) only on the pages for it."""
    token = STAFF_COOKIE.read_value()
    if not token:
        return None
    seen = staff_accounts.load_session(nobody, token)
    if seen is None:
        return None
    if seen.is_stale and REFRESH_ARGUMENT not in request.args:
        _record_session_use(nobody, token)
    g.must_change_password, g.must_set_factor = seen.must_change_password, seen.must_set_factor
    first = {"sign_in"} if seen.must_change_password else {"sign_in", "second_factor"}
    if (g.must_change_password or g.must_set_factor) and request.blueprint not in first:
        return None
    structlog.contextvars.bind_contextvars(staff=seen.actor.staff_id)
    return seen.actor


def _record_session_use(nobody: Act, token: str) -> None:
    """Record that the session is in use, in a transaction that ends before the page's begins.

    It uses the request's own connection: with a second one, requests could wait for each other's
    connections (deadlock of the pool). Where only this fails the page still opens; where the
    database is away the request fails at once.
    """
    try:
        staff_accounts.record_session_use(nobody, token)
        nobody.session.commit()
    except DBAPIError as problem:
        if problem.connection_invalidated:
            raise
        nobody.session.rollback()
        log.warning("session_use_not_recorded", problem=type(problem.orig).__name__)


def _finish_request(response: Response) -> Response:
    """End the transaction; an answer that cannot be committed becomes an error page."""
    buffer_body(response)  # while the transaction lasts: a streamed body reads the database
    with ExitStack() as on_error:
        on_error.callback(response.close)
        _end_transaction(response)
        on_error.pop_all()
    return response


def _end_transaction(response: Response) -> None:
    opened: Session | None = g.get("database")
    if opened is None:
        return
    is_kept = g.pop("keep", False) and not g.get("database_away")
    is_whole = response.status_code < FIRST_ERROR_STATUS or is_kept
    if not is_whole:
        opened.rollback()
    if noted_accesses.write_accesses(g.get("act")) or is_whole:
        opened.commit()


def _log_answer(response: Response) -> Response:
    """Log the answer: the endpoint and the ids in its path, never a query or a form."""
    if "begun" in g and request.endpoint not in UNLOGGED_ENDPOINTS:
        log.info(
            "answered",
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.begun) * 1000),
            **(request.view_args or {}),
        )
    if response.status_code == FORBIDDEN_STATUS:
        who = g.act.actor.staff_id if "act" in g else None
        log_security_event(SecurityEvent.ACCESS_REFUSED, staff_id=who, endpoint=request.endpoint)
    return response


def _close_session(problem: BaseException | None) -> None:
    del problem
    opened: Session | None = g.pop("database", None)
    if opened is not None:
        opened.close()
