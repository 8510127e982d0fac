"""`appeals up`: one command starts the whole system, and its end stops all of it."""

import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

import click

from appeals import logs, settings
from appeals.cli import engines
from appeals.cli.working import say, stage, tell
from appeals.operations.built_files import check_built_files
from appeals.operations.log_files import WarningReader, rotate
from appeals.operations.supervision import CannotStart, Program, Supervisor, wait_until
from appeals.setting_checks import LAST_PORT
from appeals.settings import Settings

SECONDS_TO_SERVE = 120
LOGS = "log"  # in the data folder
LOOK = 0.2  # seconds between two looks at the children


class Stop(BaseException):
    """SIGINT or SIGTERM came."""


@click.command()
@click.option("--port", type=click.IntRange(1, LAST_PORT), help="Port of the website.")
@click.option("--data", type=click.Path(file_okay=False), help="Folder of all that is written.")
@click.option("--empty", is_flag=True, help="Leave out the demo city.")
def up(port: int | None, data: str | None, *, empty: bool) -> None:
    """Start everything; print one line when it serves; stop everything on Ctrl-C."""
    folder = settings.data_dir(data)
    known = {"APPEALS_DATA_DIR": str(folder)} | ({"APPEALS_PORT": str(port)} if port else {})
    with engines.alone(folder) as is_alone:
        if not is_alone:
            raise CannotStart(f"Another appeals process already works on {folder}.")
        _check_before_starting(known | engines.secret_of(folder))
        (folder / LOGS).mkdir(exist_ok=True)
        logs.configure(file=folder / LOGS / "up.log")
        supervisor = Supervisor()
        try:
            _raise_on_signals()
            read = _begin(supervisor, known, empty=empty)
            _serve(supervisor, read)
        except Stop:
            say("Stopping.")
        finally:
            _ignore_signals()
            engines.stop(supervisor, folder)


def _begin(supervisor: Supervisor, known: dict[str, str], *, empty: bool) -> Settings:
    """Start the engines and bring database and reference data to where the website needs them."""
    folder = Path(known["APPEALS_DATA_DIR"])
    known |= engines.secret_of(folder)
    with stage("PostgreSQL and Valkey"):
        read = Settings.from_environment(known | engines.start(supervisor, folder))
    with stage("Database tables"):
        engines.bring_up_to_date(read)
    from appeals.demo import demo_data  # noqa: PLC0415 - the slow import is for `up` alone

    with stage("City"):
        demo_data.prepare_city(read, with_demo=not empty, progress=tell)
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


def _serve(supervisor: Supervisor, read: Settings) -> NoReturn:
    """Start web, workers and beat, say `ready` once, and keep them running.

    The website goes first: all at once would keep each other from starting.
    """
    web, *others = _programs(read)
    address = f"http://127.0.0.1:{read.port}"
    with stage("Website"):
        child = supervisor.start(web)
        wait_until(lambda: _ready(f"{address}/health/ready"), child, SECONDS_TO_SERVE)
    with stage("Workers"):
        for program in others:
            supervisor.start(program)
    print(f"ready {address}", flush=True)
    for line in _what_to_know(read, address):
        say(line)
    warnings = [WarningReader(path) for path in _logs(supervisor, read.data_dir)]
    while True:
        supervisor.check()
        rotate(read.data_dir / LOGS / "up.log")
        for reader in warnings:
            for line in reader.read_new():
                say(f"{reader.path.stem}: {line}")
        time.sleep(LOOK)


def _logs(supervisor: Supervisor, folder: Path) -> list[Path]:
    """Return the log files whose warnings a person at the terminal sees: ours and our programs'."""
    written = [child.program.log for child in supervisor.children if child.program.log]
    return [folder / LOGS / "up.log", *written]


def _what_to_know(read: Settings, address: str) -> Iterator[str]:
    """Yield what a person who has just started the system asks next."""
    from appeals.demo import demo_data  # noqa: PLC0415 - the slow import is for `up` alone

    accounts, appeals = (
        read.data_dir / demo_data.ACCOUNTS_FILE,
        read.data_dir / demo_data.APPEALS_FILE,
    )
    yield ""
    yield f"  Website    {address}"
    if accounts.exists():
        yield f"  Sign in    {address}/sign-in, with a name and password of {accounts}"
        yield f"  Citizens   numbers and query codes of made-up appeals: {appeals}"
    else:
        yield f"  Sign in    {address}/sign-in; the first account: appeals staff add NAME --role"
        yield "             administrator, in another terminal"
    for what, url in (("Mail", read.smtp_url), ("Texts", read.sms_url)):
        where = f"by {urlsplit(url).hostname}" if url else f"written to {read.outbox_dir}"
        yield f"  {what:10} {where}"
    yield f"  Logs       {read.data_dir / LOGS}; warnings are shown here"
    yield "  Stop       Ctrl-C"


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
            log=read.data_dir / LOGS / f"{name}.log",
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
