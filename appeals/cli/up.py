"""`appeals up`: start the whole system with one command, and stop it with that command."""

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
from appeals.cli.demo_code import refuse_without_demo_code
from appeals.cli.progress import print_to_person, show_progress, time_stage
from appeals.operations.built_files import ROOT, check_built_files
from appeals.operations.city_preparation import (
    DEMO_ACCOUNTS_FILE,
    DEMO_APPEALS_FILE,
    prepare_city,
)
from appeals.operations.database_roles import bring_up_to_date
from appeals.operations.log_files import WarningReader, rotate_log
from appeals.operations.supervision import CannotStart, Program, Supervisor, wait_until
from appeals.settings import LAST_PORT, Settings

STARTUP_TIMEOUT_SECONDS = 120
LOG_FOLDER = "log"  # in the data folder
CHECK_INTERVAL_SECONDS = 0.2  # seconds between two looks at the children


class StopRequested(BaseException):
    """Raised on SIGINT or SIGTERM."""


@click.command("up")
@click.option("--port", type=click.IntRange(1, LAST_PORT), help="Port of the website.")
@click.option(
    "--data",
    type=click.Path(file_okay=False),
    help="The data folder, in which everything is written.",
)
@click.option("--empty", is_flag=True, help="Leave out the demo city.")
def up(port: int | None, data: str | None, *, empty: bool) -> None:
    """Start the whole system, and stop it on Ctrl-C.

    Prints one line, `ready` and the address, when the website answers.
    """
    folder = settings.find_data_dir(data)
    known = {"APPEALS_DATA_DIR": str(folder)} | ({"APPEALS_PORT": str(port)} if port else {})
    with engines.lock_data_folder(folder) as is_alone:
        if not is_alone:
            raise CannotStart(f"Another appeals process already works on {folder}.")
        _check_before_starting(known | engines.load_secret_key(folder))
        (folder / LOG_FOLDER).mkdir(exist_ok=True)
        logs.configure_logs(file=folder / LOG_FOLDER / "up.log")
        supervisor = Supervisor()
        try:
            _raise_on_signals()
            read = _prepare_city(supervisor, known, empty=empty)
            _run_programs(supervisor, read)
        except StopRequested:
            print_to_person("Stopping.")
        finally:
            _ignore_signals()
            engines.stop_engines(supervisor, folder)


def _prepare_city(supervisor: Supervisor, known: dict[str, str], *, empty: bool) -> Settings:
    """Start the engines, migrate the database and load the reference data."""
    folder = Path(known["APPEALS_DATA_DIR"])
    known |= engines.load_secret_key(folder)
    with time_stage("PostgreSQL and Valkey"):
        read = Settings.from_environment(known | engines.start_engines(supervisor, folder))
    with time_stage("Database tables"):
        bring_up_to_date(read)
    with time_stage("City"):
        _fill_city(read, empty=empty)
    return read


def _fill_city(read: Settings, *, empty: bool) -> None:
    """Load the reference data, and play the demo city into an empty database."""
    if empty:
        prepare_city(read)
        return
    with refuse_without_demo_code():
        from appeals.demo.demo_data import create_demo_city  # noqa: PLC0415 - not in the image
    create_demo_city(read, show_progress)


def _check_before_starting(known: dict[str, str]) -> None:
    """Refuse a wrong setting, a missing build or a taken port before anything runs."""
    check_built_files()
    stand_ins = {
        "APPEALS_DATABASE_URL": settings.read_raw_setting("APPEALS_DATABASE_URL")
        or "postgresql:///",
        "APPEALS_REDIS_URL": settings.read_raw_setting("APPEALS_REDIS_URL") or "redis://localhost",
    }
    port = Settings.from_environment(known | stand_ins).port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CannotStart(f"Port {port} is taken: choose another with --port.") from None


def _run_programs(supervisor: Supervisor, read: Settings) -> NoReturn:
    """Start website, workers and beat, print `ready` once, and keep them running.

    The website starts first: starting all at once slows each of them down.
    """
    web, *others = _list_programs(read)
    address = f"http://127.0.0.1:{read.port}"
    with time_stage("Website"):
        child = supervisor.start(web)
        wait_until(lambda: _is_ready(f"{address}/health/ready"), child, STARTUP_TIMEOUT_SECONDS)
    with time_stage("Workers"):
        for program in others:
            supervisor.start(program)
    print(f"ready {address}", flush=True)
    for line in _list_instructions(read, address):
        print_to_person(line)
    warnings = [WarningReader(path) for path in _list_log_files(supervisor, read.data_dir)]
    while True:
        supervisor.check()
        rotate_log(read.data_dir / LOG_FOLDER / "up.log")
        for reader in warnings:
            for line in reader.read_new():
                print_to_person(f"{reader.path.stem}: {line}")
        time.sleep(CHECK_INTERVAL_SECONDS)


def _list_log_files(supervisor: Supervisor, folder: Path) -> list[Path]:
    """Return the log files whose warnings are shown on the terminal: ours and the programs'."""
    written = [child.program.log for child in supervisor.children if child.program.log]
    return [folder / LOG_FOLDER / "up.log", *written]


def _list_instructions(read: Settings, address: str) -> Iterator[str]:
    """Yield instructions for the person who has just started the system."""
    accounts, appeals = read.data_dir / DEMO_ACCOUNTS_FILE, read.data_dir / DEMO_APPEALS_FILE
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
    yield f"  Logs       {read.data_dir / LOG_FOLDER}; warnings are shown here"
    yield "  Stop       Ctrl-C"


def _list_programs(read: Settings) -> tuple[Program, ...]:
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
            folder=ROOT,
            log=read.data_dir / LOG_FOLDER / f"{name}.log",
        )
        for name, command in commands.items()
    )


def _is_ready(address: str) -> bool:
    with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5) as it:  # noqa: S310 - our own address
        return bool(it.status == 200)  # noqa: PLR2004 - HTTP's OK
    return False


def _raise_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _ignore_signals() -> None:
    """Ignore further signals while stopping; each child has its own patience."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
