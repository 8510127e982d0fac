"""The edge of a request: where it comes from, its act, its language, who may come in, the commit.

A request that is answered below 400 is committed, any other rolled back, so that a form that is
shown again writes nothing. The exceptions are an attempt at a password or a code (`keep_anyway`),
and what staff were shown (`web/shared/noted_accesses.py`).
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from flask import Flask, Response, current_app, g, redirect, request, url_for
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from appeals.act import Act, reach_of
from appeals.casework.accounts import staff_accounts
from appeals.casework.accounts.rate_limits import TrySource
from appeals.domain.people import STRANGER, Actor, Role
from appeals.domain.refusals import not_allowed
from appeals.logs import SecurityEvent, log_security_event
from appeals.settings import Settings
from appeals.web.shared import known_browser, noted_accesses
from appeals.web.shared.citizen_session import citizen
from appeals.web.shared.form_checks import FORM_MOST, refuse_odd_forms, refuse_strangers_forms
from appeals.web.shared.streamed_bodies import read_whole
from appeals.web.shared.way_back import drop_sent_form, find_way_back

log = structlog.get_logger()

LANGUAGES = ("zh", "en")
A_YEAR = 365 * 24 * 3600
ONE_HOUSEHOLD = 64
"""Bits of an IPv6 address that tell one line from another; the rest are anybody's to choose."""
FIRST_ERROR, FORBIDDEN = 400, 403
BROWSER_MOST = 300
ANEW = "anew"
"""Marks the address of a page that shows itself anew: nobody has asked for it."""
QUIET = frozenset({"static", "health.live", "health.ready", "health.metrics"})
"""Endpoints asked for all day, whose answers tell nothing in a log."""
Sessions = Callable[[], Session]
Guard = Callable[[], AnyResponse | None]
GUARDS: set[Guard] = set()


def act() -> Act:
    """Give the request's act: one session, one actor, one moment (aware UTC)."""
    if "act" not in g:
        opened: Session = current_app.extensions["appeals_sessions"]()
        g.database = opened
        settings: Settings = current_app.config["SETTINGS"]
        secret: bytes = current_app.extensions["appeals_secret"]
        nobody = Act(
            opened, STRANGER, datetime.now(UTC), secret, settings.base_url, reach_of(settings)
        )
        g.act = nobody.by(_staff(nobody) or citizen(nobody.now))
    found: Act = g.act
    return found


def language() -> str:
    """Give "zh" or "en": as switched (`?lang=`), as remembered, else as the browser prefers."""
    if "language" not in g:  # a page asks for it hundreds of times
        g.language = _chosen_language()
    found: str = g.language
    return found


def _chosen_language() -> str:
    chosen = request.args.get("lang") or request.cookies.get(_language_cookie())
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES, default="zh") or "zh"


def _language_cookie() -> str:
    return "__Host-lang" if is_secure() else "lang"


def keep_anyway() -> None:
    """Commit this request even if it is refused: a wrong password or code must be counted."""
    g.keep = True


def commit_so_far() -> None:
    """Commit what the request did so far and give its connection back before something slow."""
    act().session.commit()


def address() -> str:
    """Give the address that the request comes from, as the counted attempts know it."""
    try:
        known = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(known, IPv6Address):
        return str(ip_network((known, ONE_HOUSEHOLD), strict=False))
    return str(known)


def source(subject: str) -> TrySource:
    """Return where a try at the password of a username, or the code of a number, comes from."""
    return TrySource(address(), known_browser.id_for(subject))


def is_local() -> bool:
    """Tell whether the request comes from this machine, through no proxy.

    Judged by the peer of the connection; what came through a proxy says so, and whoever says so
    without one only loses.
    """
    if "HTTP_X_FORWARDED_FOR" in request.environ or "HTTP_FORWARDED" in request.environ:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def browser() -> str:
    """Give the name that the browser gives itself, as a session is listed by it."""
    return request.user_agent.string[:BROWSER_MOST]


def audience(*roles: Role) -> Guard:
    """Give the guard that a staff blueprint runs before every view.

    Nobody signed in goes to the sign-in page; a one-time password must be changed first, then a
    second factor set up where the role must have one; another role is refused.
    """

    def guard() -> AnyResponse | None:
        actor = act().actor
        if g.must_change_password:
            return redirect(url_for("sign_in.account"))
        if g.must_set_factor and actor.staff_id is None:
            return redirect(url_for("second_factor.factor"))
        if actor.staff_id is None:
            back = find_way_back(act(), request.cookies.get(sid_cookie()))
            return redirect(url_for("sign_in.sign_in", next=back))
        if actor.role not in roles:
            raise not_allowed()
        drop_sent_form(act())
        return None

    GUARDS.add(guard)
    return guard


def sid_cookie() -> str:
    """Give the name of the staff session's cookie; the prefix is allowed over https only."""
    return "__Host-sid" if is_secure() else "sid"


def is_secure() -> bool:
    """Tell whether browsers reach the system over https, as the setting of its address says."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def set_sid(response: AnyResponse, token: str | None) -> None:
    """Put the staff session's cookie, or take it away (None); no other site's link carries it."""
    secure = is_secure()
    if token is None:
        response.delete_cookie(sid_cookie(), secure=secure, httponly=True, samesite="Strict")
    else:
        response.set_cookie(sid_cookie(), token, secure=secure, httponly=True, samesite="Strict")


def install(app: Flask, sessions: Sessions, secret: bytes) -> None:
    """Let the app open one transaction per request, and end it."""
    app.extensions["appeals_sessions"] = sessions
    app.extensions["appeals_secret"] = secret
    app.secret_key = hmac.digest(secret, b"cookies", hashlib.sha256)
    app.before_request(_begin)
    app.before_request(refuse_strangers_forms)
    app.before_request(refuse_odd_forms)
    app.after_request(_tell)
    app.after_request(_finish)
    app.after_request(_remember_language)
    app.teardown_request(_close)


def _begin() -> None:
    if request.mimetype != "multipart/form-data":
        most = min(request.max_content_length or FORM_MOST, FORM_MOST)
        request.max_content_length = most  # before anything reads the body
    structlog.contextvars.clear_contextvars()
    g.request_id = secrets.token_hex(8)
    g.begun = time.perf_counter()
    structlog.contextvars.bind_contextvars(request=g.request_id)
    g.must_change_password = g.must_set_factor = False


def _staff(nobody: Act) -> Actor | None:
    """Give who is signed in; who must do something first is that on the pages for it only."""
    token = request.cookies.get(sid_cookie())
    if token is None:
        return None
    seen = staff_accounts.load_session(nobody, token)
    if seen is None:
        return None
    if seen.is_stale and ANEW not in request.args:
        _record_use(nobody, token)
    g.must_change_password, g.must_set_factor = seen.must_change_password, seen.must_set_factor
    first = {"sign_in"} if seen.must_change_password else {"sign_in", "second_factor"}
    if (g.must_change_password or g.must_set_factor) and request.blueprint not in first:
        return None
    structlog.contextvars.bind_contextvars(staff=seen.actor.staff_id)
    return seen.actor


def _record_use(nobody: Act, token: str) -> None:
    """Record that the session is in use, in a transaction that ends before the page's begins.

    It uses the request's own connection: a request that held one while it waited for another
    could wait for requests that do the same. A page opens without the record where only that
    fails; a database that has gone away is told at once.
    """
    try:
        staff_accounts.record_session_use(nobody, token)
        nobody.session.commit()
    except DBAPIError as problem:
        if problem.connection_invalidated:
            raise
        nobody.session.rollback()
        log.warning("session_use_not_recorded", problem=type(problem.orig).__name__)


def _finish(response: Response) -> Response:
    """End the transaction; an answer that cannot be committed becomes an error page."""
    read_whole(response)  # while the transaction lasts: a streamed body reads the database
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
    is_whole = response.status_code < FIRST_ERROR or is_kept
    if not is_whole:
        opened.rollback()
    if noted_accesses.write_accesses(g.get("act")) or is_whole:
        opened.commit()


def _tell(response: Response) -> Response:
    """Log what was answered: the endpoint and the ids of its address, never a query or a form."""
    if "begun" in g and request.endpoint not in QUIET:
        log.info(
            "answered",
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.begun) * 1000),
            **(request.view_args or {}),
        )
    if response.status_code == FORBIDDEN:
        who = g.act.actor.staff_id if "act" in g else None
        log_security_event(SecurityEvent.ACCESS_REFUSED, staff_id=who, endpoint=request.endpoint)
    return response


def _remember_language(response: Response) -> Response:
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        response.set_cookie(
            _language_cookie(),
            chosen,
            max_age=A_YEAR,
            secure=is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def _close(problem: BaseException | None) -> None:
    del problem
    opened: Session | None = g.pop("database", None)
    if opened is not None:
        opened.close()
