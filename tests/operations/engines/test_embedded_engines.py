"""The embedded engines keep what they acknowledged, whatever is killed."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from appeals.cli.acts import open_act
from appeals.cli.engines import lock_data_folder, open_settings
from appeals.models.append_only import APPEND_ONLY
from appeals.operations.engines import embedded_engines, engine_passwords
from appeals.operations.migrations import migrate_database
from appeals.operations.postgres import open_connection
from appeals.operations.supervision import Program, Supervisor
from appeals.settings import OWNER_URL_SETTING
from tests.operations.engine_talk import say_to_valkey

HOLDER = """
import sys, time
from pathlib import Path
from appeals.operations.engines.embedded_engines import prepare_postgres, prepare_valkey
from appeals.operations.engines.embedded_engines import start_engine
from appeals.operations.supervision import Supervisor
folder, supervisor = Path(sys.argv[1]), Supervisor()
print(start_engine(supervisor, prepare_postgres(folder)), flush=True)
print(start_engine(supervisor, prepare_valkey(folder)), flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="appeals-engines-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def test_what_was_committed_is_there_after_everything_was_killed(
    folder: Path, supervisor: Supervisor
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        database, valkey = holder.stdout.readline().strip(), holder.stdout.readline().strip()
        with psycopg.connect(database) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
        assert say_to_valkey(valkey, "SET kept 7") == "+OK"
        time.sleep(1.2)  # Valkey's file is synced each second
        kill_tree(holder.pid)

    database = embedded_engines.start_engine(supervisor, embedded_engines.prepare_postgres(folder))
    valkey = embedded_engines.start_engine(supervisor, embedded_engines.prepare_valkey(folder))

    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    assert say_to_valkey(valkey, "GET kept") == "$1"


def test_a_pid_file_that_names_another_living_program_does_not_stop_the_start(
    folder: Path, supervisor: Supervisor
) -> None:
    engine = embedded_engines.prepare_postgres(folder)
    stale = (folder / "postgres").resolve() / "data" / "postmaster.pid"
    sleeper = Program("sleeper", ("/bin/sleep", "60"), {}, owner=engine.program.owner)
    stale.write_text(f"{supervisor.start(sleeper).process.pid}\n{stale.parent}\n")
    assert (
        embedded_engines.start_engine(supervisor, embedded_engines.prepare_postgres(folder))
        == engine.url
    )


def test_when_the_supervising_process_is_killed_its_engines_end_too(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        holder.stdout.readline(), holder.stdout.readline()
        children = psutil.Process(holder.pid).children(recursive=True)
        holder.kill()
    assert len(children) > 2
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []


def test_a_child_that_dies_is_started_again(supervisor: Supervisor) -> None:
    child = supervisor.start(Program("sleeper", ("/bin/sleep", "60"), {}))
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    last = time.monotonic() + 10
    while (child.process.pid == first or child.ended()) and time.monotonic() < last:
        supervisor.check()
        time.sleep(0.05)
    assert child.process.pid != first


def test_a_data_folder_is_held_by_one_process_at_a_time(folder: Path) -> None:
    with lock_data_folder(folder) as first, lock_data_folder(folder) as second:
        assert (first, second) == (True, False)
    with lock_data_folder(folder) as again:
        assert again


def kill_tree(pid: int) -> None:
    """Kill a process and all it started, as a power cut would."""
    family = [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
    for process in family:
        process.suspend()
    for process in reversed(family):
        process.kill()
    psutil.wait_procs(family, timeout=10)


@pytest.fixture
def own_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder on which a command starts its own engines."""
    for name in ("APPEALS_DATABASE_URL", "APPEALS_OWNER_DATABASE_URL", "APPEALS_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APPEALS_DATA_DIR", str(folder))
    return folder


@pytest.mark.parametrize("trusted_its_socket", [False, True])
def test_nobody_connects_to_the_own_database_without_the_password(
    own_folder: Path, *, trusted_its_socket: bool
) -> None:
    if trusted_its_socket:
        make_cluster_that_trusts_its_socket(own_folder)
    with open_settings() as settings:
        assert OWNER_URL_SETTING not in settings.for_children()
        url = sa.make_url(settings.database_url)
        assert url.username == engine_passwords.APPLICATION
        for name, password in itertools.product(
            (engine_passwords.SUPERUSER, engine_passwords.APPLICATION), ("", "guess", url.password)
        ):
            if (name, password) != (url.username, url.password):
                told = sa.URL.create(**{**url._asdict(), "username": name, "password": password})
                with pytest.raises(psycopg.OperationalError, match="password"):
                    open_connection(told.render_as_string(hide_password=False))
        open_connection(settings.owner_url).close()


def test_the_application_of_the_own_database_changes_no_log_and_becomes_nobody_else(
    own_folder: Path,
) -> None:
    owner, application = (
        sql.Identifier(name) for name in (engine_passwords.SUPERUSER, engine_passwords.APPLICATION)
    )
    file = sql.Literal(str(own_folder / engine_passwords.PASSWORDS_FILE))
    with open_settings() as settings, open_connection(settings.database_url) as connection:
        for statement in (
            *(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in APPEND_ONLY),
            sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(sql.Identifier("move")),
            sql.SQL("SET ROLE {}").format(owner),
            sql.SQL("ALTER ROLE {} PASSWORD NULL").format(owner),
            sql.SQL("GRANT {} TO {}").format(owner, application),
            sql.SQL("SELECT pg_read_file({})").format(file),
        ):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                connection.transaction(),
            ):
                connection.execute(statement)


def test_the_passwords_are_kept_for_their_owner_and_made_anew_when_they_are_lost(
    own_folder: Path,
) -> None:
    kept = own_folder / engine_passwords.PASSWORDS_FILE
    with open_settings() as settings:
        before = settings.owner_url
    assert kept.stat().st_mode & 0o777 == 0o600
    with open_settings() as settings:
        assert settings.owner_url == before
    kept.unlink()
    with open_settings() as settings:
        assert settings.owner_url != before
        with pytest.raises(psycopg.OperationalError, match="password"):
            open_connection(before)


def test_a_data_folder_of_the_release_before_is_brought_over_with_its_rows(
    own_folder: Path,
) -> None:
    """Its tables belong to the engine's superuser, the other role has no password."""
    make_cluster_that_trusts_its_socket(own_folder)
    with open_settings() as settings, open_act(settings) as act:
        assert act.session.scalar(sa.text("SELECT current_user")) == engine_passwords.APPLICATION
        assert act.session.scalar(sa.text("SELECT count(*) FROM appeal")) == 0
        assert act.session.scalar(sa.text("SELECT seven FROM kept")) == 7
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied for table move"):
            act.session.execute(sa.text("DELETE FROM move"))


def make_cluster_that_trusts_its_socket(folder: Path) -> None:
    """Leave the data folder as an earlier release did: tables, one role, no password."""
    supervisor = Supervisor()
    try:
        url = embedded_engines.start_engine(supervisor, embedded_engines.prepare_postgres(folder))
        migrate_database(url)
        with open_connection(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
            connection.execute(f"DROP ROLE {engine_passwords.APPLICATION}")
            connection.execute(f"ALTER ROLE {engine_passwords.SUPERUSER} PASSWORD NULL")
    finally:
        supervisor.stop()
    (folder / engine_passwords.PASSWORDS_FILE).unlink()
    rules = (folder / "postgres").resolve() / "data" / "pg_hba.conf"
    rules.write_text("local all all trust\n")
