"""The engines a command works on: those set, those running on the data folder, else its own."""

import fcntl
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appeals import settings
from appeals.operations.database_roles import bring_up_to_date
from appeals.operations.engines import embedded_engines
from appeals.operations.engines.engine_files import read_private_file, write_private_file
from appeals.operations.migrations import ROOT, migrate
from appeals.operations.supervision import CannotStart, Supervisor
from appeals.settings import Settings

__all__ = [
    "ROOT",
    "alone",
    "bring_up_to_date",
    "migrate",
    "secret_of",
    "settings_here",
    "start",
    "stop",
]

NOTE = "engines.json"  # the addresses of the engines that run on a data folder
SECONDS_FOR_ANOTHER = 60


@contextmanager
def settings_here(*, is_restore: bool = False) -> Iterator[Settings]:
    """Give one command its settings, with engines that answer and a migrated database.

    A restore migrates by itself.

    Engines that are not set are those of a running `appeals up` on the same data folder, else
    started for the command's time. Raises `WrongSetting` and `CannotStart`.
    """
    folder = settings.data_dir()
    if settings.given("APPEALS_DATABASE_URL") and settings.given("APPEALS_REDIS_URL"):
        yield Settings.from_environment(secret_of(folder))
        return
    with alone(folder) as is_alone:
        if not is_alone:
            yield Settings.from_environment({**_running(folder), **secret_of(folder)})
            return
        supervisor = Supervisor()
        try:
            read = Settings.from_environment({**start(supervisor, folder), **secret_of(folder)})
            if not is_restore:
                bring_up_to_date(read)
            yield read
        finally:
            stop(supervisor, folder)


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold the data folder for ourselves while inside; False where another process holds it.

    The lock is the kernel's, so a killed process leaves none behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def start(supervisor: Supervisor, folder: Path) -> dict[str, str]:
    """Start the engines that are not set, leave a note of them, and give their settings."""
    note = folder / NOTE
    note.unlink(missing_ok=True)  # left by a killed process
    told = {}
    if not settings.given("APPEALS_DATABASE_URL"):
        owner = embedded_engines.start(supervisor, embedded_engines.postgres(folder))
        told[settings.OWNER] = owner
        told["APPEALS_DATABASE_URL"] = embedded_engines.application_url(folder, owner)
    if not settings.given("APPEALS_REDIS_URL"):
        told["APPEALS_REDIS_URL"] = embedded_engines.start(
            supervisor, embedded_engines.valkey(folder)
        )
    write_private_file(note, json.dumps(told))
    return told


def stop(supervisor: Supervisor, folder: Path) -> None:
    """Stop the engines and take the note of them away."""
    (folder / NOTE).unlink(missing_ok=True)
    supervisor.stop()


def secret_of(folder: Path) -> dict[str, str]:
    """Give the secret key that is set, else the data folder's own; a first time makes it (0600).

    Raises `CannotStart` where others may read the file: codes and cookies hang on it.
    """
    if settings.given("APPEALS_SECRET_KEY"):
        return {}
    kept = folder / "secret-key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_private_file(kept, secrets.token_urlsafe(48))
    return {"APPEALS_SECRET_KEY": read_private_file(kept, "APPEALS_SECRET_KEY")}


def _running(folder: Path) -> dict[str, str]:
    note, last = folder / NOTE, time.monotonic() + SECONDS_FOR_ANOTHER
    while not note.exists():
        if time.monotonic() > last:
            raise CannotStart(f"Another process holds {folder} and does not say where it listens.")
        time.sleep(0.1)
    told: dict[str, str] = json.loads(note.read_text())
    return told
