"""`appeals up`: one command starts the whole system, and its end stops all of it."""

import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import structlog

from appeals import logs, settings
from appeals.cli import engines
from appeals.operations.built_files import check_built_files
from appeals.operations.supervision import CannotStart, Program, Supervisor, wait_until
from appeals.settings import Settings

log = structlog.get_logger()

SECONDS_TO_SERVE = 120
LOOK = 0.2  # seconds between two looks at the children


class Stop(BaseException):
    """SIGINT or SIGTERM came."""


@click.command()
@click.option("--port", type=click.IntRange(1, settings.LAST_PORT), help="Port of the website.")
@click.option("--data", type=click.Path(file_okay=False), help="Folder of all that is written.")
@click.option("--empty", is_flag=True, help="Leave out the demo city.")
def up(port: int | None, data: str | None, *, empty: bool) -> None:
    """Start everything; print one line when it serves; stop everything on Ctrl-C."""
    logs.configure()
    folder = settings.data_dir(data)
    known = {"APPEALS_DATA_DIR": str(folder)} | ({"APPEALS_PORT": str(port)} if port else {})
    with engines.alone(folder) as is_alone:
        if not is_alone:
            raise CannotStart(f"Another appeals process already works on {folder}.")
        supervisor = Supervisor()
        try:
            _raise_on_signals()
            read = _begin(supervisor, known, empty=empty)
            _serve(supervisor, read)
        except Stop:
            _say("Stopping.")
        finally:
            _ignore_signals()
            engines.stop(supervisor, folder)


def _begin(supervisor: Supervisor, known: dict[str, str], *, empty: bool) -> Settings:
    """Start the engines and bring database and reference data to where the website needs them."""
    folder = Path(known["APPEALS_DATA_DIR"])
    known |= engines.secret_of(folder)
    _check_before_starting(known)
    _say("Starting the engines.")
    read = Settings.from_environment(known | engines.start(supervisor, folder))
    _say("Bringing the database up to date.")
    engines.migrate(read.database_url)
    _prepare(read, empty=empty)
    return read


def _check_before_starting(known: dict[str, str]) -> None:
    """Refuse a wrong setting, a missing build or a taken port before anything runs."""
    check_built_files()
    stand_ins = {
        "APPEALS_DATABASE_URL": settings.given("APPEALS_DATABASE_URL") or "postgresql:///",
        "APPEALS_REDIS_URL": settings.given("APPEALS_REDIS_URL") or "redis://localhost",
    }
    port = Settings.from_environment(known | stand_ins).port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CannotStart(f"Port {port} is taken: choose another with --port.") from None


def _prepare(read: Settings, *, empty: bool) -> None:
    """Load the reference data and, on a first run, play the demo city."""
    from appeals import demo  # noqa: PLC0415 - the slow import is for `up` alone

    _say("Preparing the city (a first run takes a minute).")
    demo.prepare(read, with_demo=not empty)


def _serve(supervisor: Supervisor, read: Settings) -> NoReturn:
    """Start web, workers and beat, say `ready` once, and keep them running.

    The website goes first: all at once would keep each other from starting.
    """
    _say("Starting the website and the workers.")
    web, *others = _programs(read)
    address = f"http://127.0.0.1:{read.port}"
    wait_until(lambda: _ready(f"{address}/health/ready"), supervisor.start(web), SECONDS_TO_SERVE)
    for program in others:
        supervisor.start(program)
    print(f"ready {address}", flush=True)
    while True:
        supervisor.check()
        time.sleep(LOOK)


def _programs(read: Settings) -> tuple[Program, ...]:
    python = (sys.executable, "-m")
    celery = ("celery", "-A", "worker.app")
    commands = {
        "web": ("gunicorn", "-c", "deploy/gunicorn.py", "-b", f"127.0.0.1:{read.port}"),
        "worker": (*celery, "worker", "--concurrency=1", "-Q", "appeals", "-n", "worker@%h"),
        "delivery": (*celery, "worker", "--concurrency=1", "-Q", "delivery", "-n", "delivery@%h"),
        "beat": (*celery, "beat", "--pidfile="),
    }
    return tuple(
        Program(
            name=name,
            command=(*python, *command),
            environment=read.for_children(),
            patience=15,
            folder=engines.ROOT,
        )
        for name, command in commands.items()
    )


def _ready(address: str) -> bool:
    with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5) as it:  # noqa: S310 - our own address
        return bool(it.status == 200)  # noqa: PLR2004 - HTTP's OK
    return False


def _raise_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _ignore_signals() -> None:
    """From here on we stop already; each child has its own patience."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _say(what: str) -> None:
    """Tell a person at a terminal what takes its time."""
    if sys.stderr.isatty():
        click.echo(what, err=True)
