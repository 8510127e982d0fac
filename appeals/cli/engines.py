"""Engines of a command: those in the settings, those running on the data folder, or its own."""

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
from appeals.operations.supervision import CannotStart, Supervisor
from appeals.settings import Settings

ENGINES_FILE = "engines.json"  # the addresses of the engines that run on a data folder
WAIT_FOR_ENGINES_SECONDS = 60


@contextmanager
def open_settings(*, is_restore: bool = False) -> Iterator[Settings]:
    """Yield a command's settings, with running engines and a migrated database.

    A restore migrates by itself.

    Engines missing from the settings are those of a running `appeals up` on the same data folder,
    else started while the command runs. Raises `WrongSetting` and `CannotStart`.
    """
    folder = settings.find_data_dir()
    if settings.read_raw_setting("APPEALS_DATABASE_URL") and settings.read_raw_setting(
        "APPEALS_REDIS_URL"
    ):
        yield Settings.from_environment(load_secret_key(folder))
        return
    with lock_data_folder(folder) as is_alone:
        if not is_alone:
            yield Settings.from_environment(
                {**_read_running_engines(folder), **load_secret_key(folder)}
            )
            return
        supervisor = Supervisor()
        try:
            read = Settings.from_environment(
                {**start_engines(supervisor, folder), **load_secret_key(folder)}
            )
            if not is_restore:
                bring_up_to_date(read)
            yield read
        finally:
            stop_engines(supervisor, folder)


@contextmanager
def lock_data_folder(folder: Path) -> Iterator[bool]:
    """Lock the data folder inside the context; yield False where another process has the lock.

    It is a kernel lock (flock), so a killed process leaves none behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def start_engines(supervisor: Supervisor, folder: Path) -> dict[str, str]:
    """Start the engines missing from the settings, note their addresses, and return them."""
    note = folder / ENGINES_FILE
    note.unlink(missing_ok=True)  # left by a killed process
    told = {}
    if not settings.read_raw_setting("APPEALS_DATABASE_URL"):
        owner = embedded_engines.start_engine(supervisor, embedded_engines.prepare_postgres(folder))
        told[settings.OWNER_URL_SETTING] = owner
        told["APPEALS_DATABASE_URL"] = embedded_engines.make_application_url(folder, owner)
    if not settings.read_raw_setting("APPEALS_REDIS_URL"):
        told["APPEALS_REDIS_URL"] = embedded_engines.start_engine(
            supervisor, embedded_engines.prepare_valkey(folder)
        )
    write_private_file(note, json.dumps(told))
    return told


def stop_engines(supervisor: Supervisor, folder: Path) -> None:
    """Stop the engines and delete the note of their addresses."""
    (folder / ENGINES_FILE).unlink(missing_ok=True)
    supervisor.stop()


def load_secret_key(folder: Path) -> dict[str, str]:
    """Return the secret key from the settings, else the data folder's, created on first use (0600).

    Raises `CannotStart` where others may read the file: codes and cookies depend on it.
    """
    if settings.read_raw_setting("APPEALS_SECRET_KEY"):
        return {}
    kept = folder / "secret-key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_private_file(kept, secrets.token_urlsafe(48))
    return {"APPEALS_SECRET_KEY": read_private_file(kept, "APPEALS_SECRET_KEY")}


def _read_running_engines(folder: Path) -> dict[str, str]:
    note, last = folder / ENGINES_FILE, time.monotonic() + WAIT_FOR_ENGINES_SECONDS
    while not note.exists():
        if time.monotonic() > last:
            raise CannotStart(f"Another process holds {folder} and does not say where it listens.")
        time.sleep(0.1)
    told: dict[str, str] = json.loads(note.read_text())
    return told
