"""Supervision of child processes: restarts those that die, and leaves none behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from appeals.operations.log_files import open_log, rotate_log

log = structlog.get_logger()

PR_SET_PDEATHSIG = 1  # prctl(2): the signal to the child when its parent dies
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.5, 30.0
"""Delays between a child's death and its restart, doubled each time."""
SETTLED_SECONDS = 60.0
"""A child that ran this long counts as healthy: its restart delay is reset."""


class CannotStart(Exception):  # noqa: N818 - one sentence for the operator
    """Something needed cannot be started; the message says what, and what to do."""


class ProgramFailed(Exception):  # noqa: N818 - one sentence for the operator
    """A program ended with an error; the message is the program's own."""


@dataclass(frozen=True)
class SystemAccount:
    """An unprivileged system account that a program runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """A program to run, and how to stop it.

    `patience` is the number of seconds between `stop_signal` and SIGKILL; without `log` its output
    goes to our standard error.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    owner: SystemAccount | None = None
    folder: Path = Path("/")
    log: Path | None = None


@dataclass
class Child:
    """A supervised program and its process."""

    program: Program
    process: "subprocess.Popen[bytes]"
    started: float = field(default_factory=time.monotonic)
    delay: float = FIRST_DELAY_SECONDS
    again_at: float | None = None

    def ended(self) -> bool:
        """Return whether its process has ended."""
        return self.process.poll() is not None

    def sweep_up(self) -> None:
        """Kill the rest of its process group (the workers of a killed master)."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Child processes in the order of their start; they are stopped in reverse order."""

    def __init__(self) -> None:
        """Start without children."""
        self.children: list[Child] = []

    def start(self, program: Program) -> Child:
        """Start a program as a child that dies with this process."""
        child = Child(program, _spawn_process(program))
        self.children.append(child)
        return child

    def check(self) -> None:
        """Restart each child that has died, and rotate all logs.

        The delay before a restart doubles each time.
        """
        now = time.monotonic()
        for child in self.children:
            if child.program.log:
                rotate_log(child.program.log)
            if child.again_at is not None and now >= child.again_at:
                child.process, child.started, child.again_at = (
                    _spawn_process(child.program),
                    now,
                    None,
                )
                log.warning("child_started_again", child=child.program.name, pid=child.process.pid)
            elif child.again_at is None and child.ended():
                self._note_death(child, now)

    def stop(self) -> None:
        """Stop all children, last first; one that outlasts its patience is killed."""
        while self.children:
            child = self.children.pop()
            if not child.ended():
                child.process.send_signal(child.program.stop_signal)
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(child.program.patience)
            child.sweep_up()
            child.process.wait()

    def _note_death(self, child: Child, now: float) -> None:
        child.sweep_up()
        if now - child.started > SETTLED_SECONDS:
            child.delay = FIRST_DELAY_SECONDS
        log.error(
            "child_died",
            child=child.program.name,
            code=child.process.returncode,
            seconds_to_next_start=child.delay,
        )
        child.again_at = now + child.delay
        child.delay = min(child.delay * 2, LONGEST_DELAY_SECONDS)


def wait_until(answers: Callable[[], bool], child: Child, seconds: float) -> None:
    """Wait until `answers` is true; raise `CannotStart` if the child dies or on timeout."""
    last = time.monotonic() + seconds
    while not answers():
        if child.ended() or time.monotonic() > last:
            where = f"; see {child.program.log}" if child.program.log else ""
            raise CannotStart(f"{child.program.name} does not start{where}.")
        time.sleep(0.05)


def _spawn_process(program: Program) -> "subprocess.Popen[bytes]":
    output = open_log(program.log) if program.log else os.dup(sys.stderr.fileno())
    try:
        return subprocess.Popen(
            program.command,
            env=program.environment,
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,  # Ctrl-C reaches us alone, and the group can be swept up
            user=program.owner.uid if program.owner else None,
            group=program.owner.gid if program.owner else None,
            extra_groups=[] if program.owner else None,
            preexec_fn=end_with_parent(program.stop_signal),  # noqa: PLW1509 - we run one thread
        )
    finally:
        os.close(output)


def end_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """Return a function that makes a child stop when this process dies (Linux only)."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:
            os._exit(1)

    return tie
