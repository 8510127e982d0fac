"""Logs are events: a static name and ids, never a citizen's words, name or phone."""

import logging
import sys
from pathlib import Path

import structlog
from structlog.typing import Processor

# What every event carries, whoever logs it: our code or a library.
SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, level: int = logging.INFO, file: Path | None = None) -> None:
    """Send all logs to standard error: columns on a terminal, else one JSON object a line.

    With `file` they go there instead. Call it once, at the start of a process.
    """
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    output = logging.FileHandler(file, delay=True) if file else logging.StreamHandler(sys.stderr)
    output.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=_rendering(is_terminal=file is None and sys.stderr.isatty()),
            foreign_pre_chain=SHARED,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(level)
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # a line for each table of a font


def _rendering(*, is_terminal: bool) -> list[Processor]:
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
