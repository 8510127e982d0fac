"""Log files of child processes: rotation while they are written, and reading their warnings."""

import json
import os
import re
import shutil
from pathlib import Path

MAX_LOG_BYTES = 10_000_000
MAX_WARNINGS_SHOWN = 5
WARNING_LEVELS = {"warning", "error", "critical"}
HIDDEN_FIELDS = {"event", "level", "logger", "timestamp", "exception"}
GUNICORN_WARNING = re.compile(r"\[(?:WARNING|ERROR|CRITICAL)\] (.*)")


def open_log(path: Path) -> int:
    """Open a log file to append to, and return its descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rotate_log(path)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def rotate_log(path: Path) -> None:
    """Move a large log to `.old` while its process keeps writing.

    The file is copied and truncated, since the process keeps it open and appends. Lines written
    between the two steps are lost.
    """
    if not path.exists() or path.stat().st_size <= MAX_LOG_BYTES:
        return
    old = path.with_suffix(".old")
    old.touch(mode=0o600)
    shutil.copyfile(path, old)
    os.truncate(path, 0)


class WarningReader:
    """Reads new warnings from a log file."""

    def __init__(self, path: Path) -> None:
        """Start at the current end of the file."""
        self.path = path
        self.position = path.stat().st_size if path.exists() else 0

    def read_new(self) -> list[str]:
        """Return the newest warnings, one a line, at most `MAX_WARNINGS_SHOWN`."""
        if not self.path.exists():
            return []
        if self.path.stat().st_size < self.position:
            self.position = 0  # it was rotated
        with self.path.open("rb") as file:
            file.seek(self.position)
            whole, end, _ = file.read().rpartition(b"\n")
        self.position += len(whole) + len(end)
        lines = whole.decode(errors="replace").splitlines()
        return [said for said in map(_read_warning, lines) if said][-MAX_WARNINGS_SHOWN:]


def _read_warning(line: str) -> str | None:
    """Format a log line for a person; None where it is not a warning."""
    try:
        event = json.loads(line)
    except ValueError:
        found = GUNICORN_WARNING.search(line)
        return found and found[1]
    if not isinstance(event, dict) or event.get("level") not in WARNING_LEVELS:
        return None
    facts = [f"{name}={value}" for name, value in event.items() if name not in HIDDEN_FIELDS]
    return " ".join([str(event.get("event")), *facts])
