"""The application factory: blueprints, headers, request limits, error pages."""

from functools import cache
from importlib import import_module
from wsgiref.types import WSGIApplication

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import URLSafeTimedSerializer
from werkzeug.middleware.proxy_fix import ProxyFix

from appeals import logs
from appeals.database import make_engine, make_session_factory
from appeals.operations.answer_headers import security_headers
from appeals.operations.built_files import ROOT, check_built_files
from appeals.settings import Settings
from appeals.web import downtime, page_frame, static_files
from appeals.web.hosts import HostCheck
from appeals.web.shared import display, error_pages, form_checks, request
from appeals.web.shared.cookies import is_secure
from appeals.web.shared.form_encoding import AnyEncodingRequest
from appeals.web.shared.request import GUARDS, Sessions

PUBLIC_BLUEPRINTS = (
    "citizen.following",
    "citizen.filing",
    "citizen.device_list",
    "citizen.site_pages",
    "citizen.telephone",
    "public.published_reports",
    "public.search_engines",
    "account.sign_in",
    "account.forgot_password",
    "wall.screens",
    "health",
)
"""Blueprints for everybody; any other must have a guard, or the process does not start."""
STAFF_BLUEPRINTS = (
    "staff.desk",
    "staff.department.absences",
    "staff.department.team",
    "staff.centre",
    "staff.search",
    "staff.live_figures",
    "staff.restricted_permissions",
    "staff.watch_list",
    "staff.inbox",
    "staff.briefs",
    "wall.display_passes",
    "admin.administration",
    "admin.city_rows",
    "admin.rules",
    "admin.undo",
    "admin.configuration_file",
    "admin.table_files",
    "admin.access_log",
    "admin.staff_requests",
    "admin.erasures",
    "admin.components",
    "account.second_factor",
    "account.own_address",
    "account.mail_choices",
    "reports.reports",
    "reports.report_cases",
)
MAX_BODY_BYTES = 40 * 1024 * 1024
MAX_FORM_PARTS = 100
DAY_SECONDS = 24 * 3600


class CachedSignerSession(SecureCookieSessionInterface):
    """Sessions in a signed cookie, with the signer cached; Flask makes two a request."""

    @cache  # noqa: B019 - one interface, one application, for the life of the process
    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of the application's key."""
        return super().get_signing_serializer(app)


def create_app(settings: Settings | None = None, sessions: Sessions | None = None) -> Flask:
    """Make the application; tests bring settings and sessions of their own.

    Raises `CannotStart` without the files that a build makes.
    """
    check_built_files()
    if settings is None:
        logs.configure_logs()
        settings = Settings.from_environment()
    app = Flask(
        "appeals",
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.session_interface = CachedSignerSession()
    app.request_class = AnyEncodingRequest
    _configure(app, settings)
    request.init_app(
        app,
        sessions or make_session_factory(make_engine(settings.database_url)),
        settings.secret_key,
    )
    CSRFProtect(app)
    display.init_app(app)
    error_pages.init_app(app)
    downtime.init_app(app)
    page_frame.init_app(app)
    app.after_request(_add_security_headers)
    app.wsgi_app = _with_middleware(app, settings)  # type: ignore[method-assign]  # Flask says so
    for name in (*PUBLIC_BLUEPRINTS, *STAFF_BLUEPRINTS):
        _register_blueprint(app, name)
    return app


def _with_middleware(app: Flask, settings: Settings) -> HostCheck:
    """Return what the server calls: the host is checked first, static files need no view."""
    secure = settings.base_url.startswith("https://")
    inner: WSGIApplication = static_files.with_static_files(app, secure=secure)
    if settings.trusted_proxies:
        inner = ProxyFix(inner, x_for=settings.trusted_proxies, x_proto=0)
    return HostCheck(inner, settings)


def _configure(app: Flask, settings: Settings) -> None:
    secure = settings.base_url.startswith("https://")
    app.config.update(
        SETTINGS=settings,
        SESSION_COOKIE_NAME="__Host-appeals" if secure else "appeals",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=2
        * DAY_SECONDS,  # no cookie of a citizen opens anything after it
        WTF_CSRF_TIME_LIMIT=DAY_SECONDS,
        WTF_CSRF_SSL_STRICT=False,  # the origin is checked for every form, with a referrer or not
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=form_checks.MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _register_blueprint(app: Flask, name: str) -> None:
    """Register a blueprint; one for staff without a guard stops the start (deny by default)."""
    blueprint = import_module(f"appeals.web.{name}").blueprint
    guards = blueprint.before_request_funcs.get(None, [])
    if name in STAFF_BLUEPRINTS and not GUARDS.intersection(guards):
        raise RuntimeError(f"The blueprint {name} has no audience.")
    app.register_blueprint(blueprint)


def _add_security_headers(response: Response) -> Response:
    """Add the security headers that a view has not set itself (Reliability 3)."""
    wanted = security_headers(secure=is_secure())
    there = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 - they are no mapping
    response.headers.extend([each for each in wanted.items() if each[0].lower() not in there])
    return response
