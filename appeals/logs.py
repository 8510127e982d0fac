"""Structured logs: events with a static name and ids, never a citizen's words, name or phone."""

import enum
import logging
import sys
from pathlib import Path

import structlog
from structlog.typing import Processor

log = structlog.get_logger()


class SecurityEvent(enum.StrEnum):
    """Security events: sign-ins, refusals and exports; docs/operations.md lists them."""

    LOGIN_SUCCESS = "authn_login_success"
    LOGIN_FAIL = "authn_login_fail"
    FACTOR_FAIL = "authn_factor_fail"
    TRIES_EXHAUSTED = "authn_tries_exhausted"
    QUERY_CODE_FAIL = "query_code_fail"
    TELEPHONE_CODE_FAIL = "telephone_code_fail"
    SIGN_OUT = "sign_out"
    SESSION_ENDED = "session_ended"
    CITIZEN_SESSION_ENDED = "citizen_session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    PASSWORD_RESET = "password_reset"  # noqa: S105 - likewise
    FACTOR_RESET = "factor_reset"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_DISABLED = "account_disabled"
    ROLE_CHANGED = "role_changed"
    DISPLAY_MADE = "display_pass_made"
    DISPLAY_OPENED = "display_pass_opened"
    DISPLAY_ENDED = "display_pass_ended"
    DISPLAY_FAIL = "display_pass_fail"
    CONTACT_SHOWN = "contact_shown"
    PHONE_LOOKED_UP = "phone_looked_up"
    PERSON_LOOKED_UP = "person_looked_up"
    LIST_EXPORTED = "list_exported"
    PRINTED = "printed"
    UNUSUAL_ACCESS = "unusual_access"
    ACCESS_REFUSED = "authz_fail"
    FORM_REFUSED = "form_refused"
    SEALS_BEGUN_ANEW = "seals_begun_anew"
    VIRUS_FOUND = "virus_found"


WARNING_EVENTS = frozenset(
    {
        SecurityEvent.LOGIN_FAIL,
        SecurityEvent.FACTOR_FAIL,
        SecurityEvent.TRIES_EXHAUSTED,
        SecurityEvent.QUERY_CODE_FAIL,
        SecurityEvent.DISPLAY_FAIL,
        SecurityEvent.TELEPHONE_CODE_FAIL,
        SecurityEvent.UNUSUAL_ACCESS,
        SecurityEvent.ACCESS_REFUSED,
        SecurityEvent.SEALS_BEGUN_ANEW,
        SecurityEvent.VIRUS_FOUND,
    }
)
"""Logged at level WARNING; the others are everyday work, logged at INFO."""


def log_security_event(event: SecurityEvent, **ids: str | int | None) -> None:
    """Log one event with ids only: no names, no typed input, no free text."""
    level = logging.WARNING if event in WARNING_EVENTS else logging.INFO
    log.log(level, event.value, **ids)


# Fields of every event, whether our code or a library logs it.
SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(*, level: int = logging.INFO, file: Path | None = None) -> None:
    """Send all logs to standard error: columns on a terminal, else one JSON object a line.

    With `file` they go there instead. Called once, at process start.
    """
    structlog.configure(
        processors=[*SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    output = logging.FileHandler(file, delay=True) if file else logging.StreamHandler(sys.stderr)
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=_list_renderers(is_terminal=file is None and sys.stderr.isatty()),
            foreign_pre_chain=SHARED_PROCESSORS,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level)
    for name in ("fontTools", "httpx"):  # a line for each table of a font, for each request
        logging.getLogger(name).setLevel(logging.WARNING)


def _list_renderers(*, is_terminal: bool) -> list[Processor]:
    ours = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if is_terminal:
        return [ours, structlog.dev.ConsoleRenderer()]
    # A traceback of frames and lines, without the values of variables: those may be words.
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        ours,
        structlog.processors.ExceptionRenderer(frames),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
