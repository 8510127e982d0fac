"""A city of two machines under our hand: `appeals up` twice, on one PostgreSQL and one Valkey.

The first machine holds the engines; each has two web workers, a Celery worker and a beat. What
is killed here is started again by nobody but `appeals up` itself.
"""

import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from redis import Redis
from sqlalchemy.orm import Session, sessionmaker

from appeals.database import make_engine, session_factory
from appeals.settings import Settings
from gallery.city import APPEALS, ROOT, started
from tests.conftest import SECRET, free_port
from tests.faults.sink import Sink, listening

ROLES: dict[str, Callable[[list[str]], bool]] = {
    "web": lambda line: "gunicorn" in line,
    "worker": lambda line: "worker" in line,
    "beat": lambda line: "beat" in line,
    "valkey": lambda line: any("-server" in word for word in line[:1]),
    "database": lambda line: "-D" in line and line[0].endswith("postgres"),
}
"""How the processes of a role are known by their command line."""


@dataclass(frozen=True)
class Machine:
    """One `appeals up` and where its website is."""

    up: psutil.Process
    address: str


@dataclass(frozen=True)
class City:
    """The running city: its machines, its engines' addresses, the mail server it sends to."""

    machines: Sequence[Machine]
    environment: dict[str, str]
    settings: Settings
    sessions: sessionmaker[Session]
    sink: Sink

    @property
    def addresses(self) -> list[str]:
        """Give where the websites are."""
        return [machine.address for machine in self.machines]

    @property
    def valkey(self) -> "Redis":
        """Give a line to Valkey."""
        return Redis.from_url(self.settings.redis_url)

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `appeals …` beside the running city."""
        return subprocess.run(
            [APPEALS, *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def alive(self, role: str) -> list[psutil.Process]:
        """Give the processes of a role that live, by number."""
        found = []
        for machine in self.machines:
            for process in machine.up.children(recursive=True):
                try:
                    if ROLES[role](process.cmdline()):
                        found.append(process)
                except (psutil.NoSuchProcess, psutil.ZombieProcess):
                    continue
        return sorted(found, key=lambda process: process.pid)

    def kill(self, role: str, dice: random.Random) -> None:
        """Kill one process of the role with -9, as soon as there is one."""
        until(lambda: bool(self.alive(role)))
        dice.choice(self.alive(role)).kill()

    @contextmanager
    def without_valkey(self) -> Iterator[None]:
        """Keep Valkey dead while inside: who would start it again is held still."""
        self.machines[0].up.suspend()
        for process in self.alive("valkey"):
            process.kill()
        try:
            yield
        finally:
            self.machines[0].up.resume()
            until(lambda: bool(self.alive("valkey")))

    @contextmanager
    def with_hung_valkey(self) -> Iterator[None]:
        """Let Valkey take connections and answer none while inside."""
        (process,) = self.alive("valkey")
        process.suspend()
        try:
            yield
        finally:
            process.resume()


@contextmanager
def running() -> Iterator[City]:
    """Start the city in a folder of its own, and leave nothing of it behind."""
    folder = Path(tempfile.mkdtemp(prefix="appeals-faults-"))
    folder.chmod(0o755)  # started by root, PostgreSQL runs as another account
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        sink = stack.enter_context(listening())
        usual = {
            **os.environ,
            "APPEALS_SECRET_KEY": SECRET,
            "APPEALS_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
            "APPEALS_FILINGS_PER_ADDRESS": "1000000",
            "APPEALS_FILINGS_PER_CONTACT": "1000000",
        }
        first = stack.enter_context(_machine(folder / "one", usual))
        shared = usual | json.loads((folder / "one" / "engines.json").read_text())
        second = stack.enter_context(_machine(folder / "two", shared))
        read = Settings.from_environment({k: v for k, v in shared.items() if k[:8] == "APPEALS_"})
        engine = make_engine(read.database_url, statement_seconds=60)
        stack.callback(engine.dispose)
        yield City((first, second), shared, read, session_factory(engine), sink)


@contextmanager
def _machine(folder: Path, environment: dict[str, str]) -> Iterator[Machine]:
    with started(folder, free_port(), environment, "--empty") as up:
        yield Machine(psutil.Process(up.pid), up.address)


def until(holds: Callable[[], bool], seconds: float = 300) -> None:
    """Wait until something holds; fail if it never does."""
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last, "it did not come about"
        time.sleep(0.2)
