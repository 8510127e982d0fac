"""Logs are events: a static name and ids, never a citizen's words, name or phone."""

import logging
import sys

import structlog
from structlog.typing import Processor

# What every event carries, whoever logs it: our code or a library.
SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, level: int = logging.INFO) -> None:
    """Send all logs to standard error: columns on a terminal, else one JSON object a line.

    Call it once, at the start of a process.
    """
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=_rendering(), foreign_pre_chain=SHARED)
    )
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # a line for each table of a font


def _rendering() -> list[Processor]:
    ours = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if sys.stderr.isatty():
        return [ours, structlog.dev.ConsoleRenderer()]
    # A traceback of frames and lines, without the values of variables: those may be words.
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        ours,
        structlog.processors.ExceptionRenderer(frames),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
