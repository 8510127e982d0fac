"""A website under gunicorn with the project's own settings, and the memory of its workers."""

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from appeals.cli.engines import ROOT
from appeals.operations.supervision import Child, Program, Supervisor, wait_until
from tools.bench.city import Bench

START_TIMEOUT_SECONDS = 60
MAX_MEMORY_MB = 150
"""The target for a worker's peak resident memory, in megabytes."""
PEAK_LABEL = "peak memory of a web worker (resident, MB)"


@dataclass(frozen=True)
class Server:
    """A website that answers: its port, its process."""

    port: int
    child: Child

    def peak_megabytes(self) -> float:
        """Return the peak resident memory of any worker so far, in MB (VmHWM of Linux)."""
        return max(_peak_megabytes(pid) for pid in _worker_pids(self.child.process.pid))


@contextmanager
def serve_website(
    bench: Bench, name: str, environment: Mapping[str, str], app: str | None = None
) -> Iterator[Server]:
    """Serve the system, or another `app`, until the end of the block: two workers, one port."""
    port = _free_port()
    address = f"127.0.0.1:{port}"
    command = (sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "-b", address)
    program = Program(
        name=name,
        command=(*command, app) if app else command,
        environment=dict(environment),
        patience=15,
        folder=ROOT,
        log=bench.folder / "log" / f"{name}.log",
    )
    supervisor = Supervisor()
    try:
        child = supervisor.start(program)
        wait_until(lambda: _answers(f"http://{address}/"), child, START_TIMEOUT_SECONDS)
        yield Server(port, child)
    finally:
        supervisor.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str) -> bool:
    with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
        return True
    return False


def _worker_pids(master: int) -> list[int]:
    children = Path(f"/proc/{master}/task/{master}/children").read_text()
    return [int(pid) for pid in children.split()]


def _peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024


def cpu_seconds(master: int) -> float:
    """Return the CPU seconds of a process and of all its children, ended ones included."""
    running = sum(sum(_cpu_ticks(pid)[:2]) for pid in _worker_pids(master))
    return (running + sum(_cpu_ticks(master))) / os.sysconf("SC_CLK_TCK")


def _cpu_ticks(pid: int) -> list[int]:
    """Return the clock ticks of a process and of its ended children."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return [int(each) for each in fields[11:15]]
    return []
