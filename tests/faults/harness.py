"""A city of two machines under our hand: `appeals up` twice, on one PostgreSQL and one Valkey.

The first machine holds the engines; each has two web workers, a Celery worker for each queue and
a beat. What is killed here is started again by nobody but `appeals up` itself, and `appeals up` by
us, as systemd would.
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
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from redis import Redis
from sqlalchemy.orm import Session, sessionmaker

from appeals.database import make_engine, make_session_factory
from appeals.settings import Settings
from tests.conftest import SECRET, free_port
from tests.faults.sink import Sink, listening
from tools.gallery.city import APPEALS, ROOT, start_up

ROLES: dict[str, Callable[[list[str]], bool]] = {
    "web": lambda line: "gunicorn" in line,
    "worker": lambda line: "worker" in line and "appeals" in line,
    "delivery": lambda line: "worker" in line and "delivery" in line,
    "beat": lambda line: "beat" in line,
    "valkey": lambda line: any("-server" in word for word in line[:1]),
    "database": lambda line: "-D" in line and line[0].endswith("postgres"),
}
"""How the processes of a role are known by their command line."""


@dataclass
class Machine:
    """One `appeals up`, which can be killed and started again at the same address."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        """Give where its website is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        up = start_up(self.folder, self.port, self.environment, "--empty")
        self.up = psutil.Process(self.running.enter_context(up).pid)

    def stop(self) -> None:
        """Stop it in order."""
        self.running.close()

    def kill(self) -> None:
        """Kill `appeals up` with -9, and wait until its children have followed it."""
        children = self.up.children(recursive=True)
        self.up.kill()
        _, left = psutil.wait_procs(children, timeout=120)
        assert not left, left
        self.stop()


@dataclass
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
        if role == "supervisor":
            self.kill_supervisor(dice.choice(self.machines))
            return
        until(lambda: bool(self.alive(role)))
        dice.choice(self.alive(role)).kill()

    def kill_supervisor(self, machine: Machine) -> None:
        """Kill `appeals up` and start it again; its Valkey has another address then."""
        first, second = self.machines
        machine.kill()
        machine.start()
        if machine is first:
            second.stop()
            second.environment = self.environment = _beside(first)
            self.settings = _settings(second.environment)
            second.start()

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
        first = Machine(folder / "one", usual)
        stack.callback(first.stop)
        first.start()
        second = Machine(folder / "two", _beside(first))
        stack.callback(second.stop)
        second.start()
        read = _settings(second.environment)
        engine = make_engine(read.owner_url, statement_seconds=60)
        stack.callback(engine.dispose)
        yield City((first, second), second.environment, read, make_session_factory(engine), sink)


def _beside(first: Machine) -> dict[str, str]:
    """Give the environment of a machine that uses the first one's engines."""
    engines: dict[str, str] = json.loads((first.folder / "engines.json").read_text())
    return first.environment | engines


def _settings(environment: dict[str, str]) -> Settings:
    ours = {name: value for name, value in environment.items() if name[:8] == "APPEALS_"}
    return Settings.from_environment(ours)


def until(holds: Callable[[], bool], seconds: float = 300) -> None:
    """Wait until something holds; fail if it never does."""
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last, "it did not come about"
        time.sleep(0.2)
