"""Private files of the data folder, and files left there by earlier runs of an engine.

Those may be stale, damaged, or of another version.
"""

import os
import platform
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import structlog

from appeals.operations.supervision import CannotStart

log = structlog.get_logger()

LINUX = platform.system() == "Linux"
ORPHAN_SECONDS = 60
"""Timeout for the last checkpoint of a server that was asked to stop."""
OTHERS_MODE_BITS = stat.S_IRWXG | stat.S_IRWXO


def read_private_file(path: Path, holds: str) -> str:
    """Read a private file (mode 0600); `holds` describes its content for the operator.

    Raises `CannotStart` where others may read it.
    """
    if path.stat().st_mode & OTHERS_MODE_BITS:
        raise CannotStart(
            f"The file {path}, which holds {holds}, can be read by others: chmod 600 it."
        )
    return path.read_text().strip()


def write_private_file(path: Path, text: str) -> None:
    """Write a private file (mode 0600) atomically."""
    half = path.with_name(f".{path.name}.half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)


def set_file_aside(path: Path, why: str) -> None:
    """Rename a file that an engine cannot use, and print a sentence about it."""
    aside = path.with_name(f"{path.name}.set-aside-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    path.rename(aside)
    log.warning("file_set_aside", file=str(path), kept_as=aside.name)
    sys.stderr.write(f"{path} was set aside as {aside.name}: {why}.\n")


def refuse_other_version(programs: Path, cluster: Path) -> None:
    """Raise `CannotStart` for a cluster of another PostgreSQL version; its data is kept."""
    written = (cluster / "PG_VERSION").read_text().strip()
    shown = subprocess.run(
        [str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True
    )
    ours = shown.stdout.split()[-1].split(".")[0]
    if written != ours:
        raise CannotStart(
            f"The database in {cluster} is of PostgreSQL {written}, this program brings {ours}: "
            "back it up with the release that made it, and restore into a new data folder."
        )


def end_orphan(cluster: Path) -> None:
    """Remove the pid file of a killed server; its pid may belong to another program by now.

    We hold the data folder's lock, so a server still running is an orphan: it is asked to stop.
    """
    note = cluster / "postmaster.pid"
    if not note.exists():
        return
    first, *_ = [*note.read_text(errors="replace").split(), ""]
    if not first.isdecimal():
        set_file_aside(note, "it names no process")
        return
    pid = int(first)
    if str(cluster) in _read_command_line(pid):
        os.kill(pid, signal.SIGINT)
        last = time.monotonic() + ORPHAN_SECONDS
        while note.exists() and time.monotonic() < last:
            time.sleep(0.05)
    note.unlink(missing_ok=True)


def _read_command_line(pid: int) -> str:
    if LINUX:
        path = Path(f"/proc/{pid}/cmdline")
        return path.read_text() if path.exists() else ""
    shown = ["/bin/ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(shown, capture_output=True, text=True, check=False).stdout
