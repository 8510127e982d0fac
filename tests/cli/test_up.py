"""`appeals up` as a person at a terminal sees it, and as a program does."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appeals.operations.built_files import ROOT
from tests.conftest import free_port
from tests.forked_commands import APPEALS

AT_MOST = 300  # seconds, on a busy machine
STAGE = re.compile(r"  [A-Z][\w ]+\d+\.\d s")


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="appeals-up-"))
    path.chmod(0o755)  # started by root, PostgreSQL runs as another account
    yield path
    shutil.rmtree(path)


def start(folder: Path, port: int, output: int) -> "subprocess.Popen[bytes]":
    """Start an empty city without settings of ours, all its output going to one place."""
    inherited = {name: text for name, text in os.environ.items() if name[:8] != "APPEALS_"}
    command = [APPEALS, "up", "--empty", "--port", str(port), "--data", str(folder)]
    return subprocess.Popen(command, env=inherited, cwd=ROOT, stdout=output, stderr=output)


def read_until(source: int, end: bytes) -> bytes:
    """Read what comes from a pipe or terminal until `end` stands in it."""
    told, last = b"", time.monotonic() + AT_MOST
    while end not in told:
        assert time.monotonic() < last, told.decode()
        if select.select([source], [], [], 1)[0]:
            told += os.read(source, 65536)
    return told


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(AT_MOST) == 0


def lines_of(told: bytes) -> list[str]:
    """Give the lines that stand on a terminal in the end; a line drawn anew counts once."""
    return [line.split("\r\x1b[K")[-1].rstrip("\r") for line in told.decode().split("\n")]


def test_a_person_sees_each_stage_then_ready_and_what_to_do_next(folder: Path) -> None:
    port = free_port()
    ours, theirs = pty.openpty()
    process = start(folder, port, theirs)
    try:
        lines = lines_of(read_until(ours, b"Ctrl-C\r\n"))
        before = lines[: lines.index(f"ready http://127.0.0.1:{port}")]
        assert 0 < len(before) < 15
        assert [line for line in before if not STAGE.fullmatch(line)] == []
        after = "\n".join(lines[len(before) + 1 :])
        for named in ("/sign-in", "appeals staff add", str(folder / "outbox"), str(folder / "log")):
            assert named in after
    finally:
        stop(process)
        os.close(ours)
        os.close(theirs)
    assert {"web.log", "worker.log", "beat.log", "up.log", "postgres.log"} <= {
        path.name for path in (folder / "log").iterdir()
    }


def test_a_program_reads_one_line(folder: Path) -> None:
    port = free_port()
    ours, theirs = os.pipe()
    process = start(folder, port, theirs)
    os.close(theirs)
    try:
        told = read_until(ours, b"\n")
    finally:
        stop(process)
    while more := os.read(ours, 65536):
        told += more
    os.close(ours)
    assert told.decode() == f"ready http://127.0.0.1:{port}\n"
