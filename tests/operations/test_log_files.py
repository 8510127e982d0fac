"""The logs of child processes stay small while they are written, and their warnings are read."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.operations.log_files import MAX_LOG_BYTES, WarningReader
from appeals.operations.supervision import Program, Supervisor

WRITER = (
    "head -c {size} /dev/zero | tr '\\0' x; echo; while :; do echo still writing; sleep 0.1; done"
)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def test_a_log_is_rotated_while_its_process_goes_on_writing(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    log = tmp_path / "log" / "writer.log"
    command = ("/bin/sh", "-c", WRITER.format(size=MAX_LOG_BYTES + 1000))
    supervisor.start(Program("writer", command, {"PATH": "/usr/bin:/bin"}, log=log))
    last = time.monotonic() + 60
    while not (log.with_suffix(".old").exists() and log.stat().st_size):
        assert time.monotonic() < last
        supervisor.check()
        time.sleep(0.05)
    assert log.stat().st_size < 100_000
    assert log.read_bytes().strip(b"x\n").startswith(b"still writing")
    assert log.with_suffix(".old").stat().st_size > MAX_LOG_BYTES
    assert log.with_suffix(".old").stat().st_mode & 0o077 == 0


def test_warnings_are_read_once_from_a_log_that_grows_and_is_rotated(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text(line("warning", "before_we_looked"))
    reader = WarningReader(log)
    with log.open("a") as out:
        out.write(line("info", "answered") + line("error", "child_died", code=-9))
        out.write("[2026-11-29 19:16:12 +0000] [1] [ERROR] Worker was sent SIGKILL!\n[half a l")
    assert reader.read_new() == ["child_died code=-9", "Worker was sent SIGKILL!"]
    assert reader.read_new() == []
    log.write_text(line("critical", "after_rotation"))
    assert reader.read_new() == ["after_rotation"]


def line(level: str, event: str, **facts: object) -> str:
    return json.dumps({"event": event, "level": level, "logger": "appeals", **facts}) + "\n"
