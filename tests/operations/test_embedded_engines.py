"""The embedded engines keep what they acknowledged, whatever is killed."""

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

from appeals.cli.engines import alone, migrate, settings_here
from appeals.cli.working import act_of
from appeals.operations import embedded_engines
from appeals.operations.supervision import Program, Supervisor
from tests.operations.engine_talk import say

HOLDER = """
import sys, time
from pathlib import Path
from appeals.operations import embedded_engines
from appeals.operations.supervision import Supervisor
folder, supervisor = Path(sys.argv[1]), Supervisor()
print(embedded_engines.start(supervisor, embedded_engines.postgres(folder)), flush=True)
print(embedded_engines.start(supervisor, embedded_engines.valkey(folder)), flush=True)
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
        assert say(valkey, "SET kept 7") == "+OK"
        time.sleep(1.2)  # Valkey's file is synced each second
        kill_tree(holder.pid)

    database = embedded_engines.start(supervisor, embedded_engines.postgres(folder))
    valkey = embedded_engines.start(supervisor, embedded_engines.valkey(folder))

    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    assert say(valkey, "GET kept") == "$1"


def test_a_pid_file_that_names_another_living_program_does_not_stop_the_start(
    folder: Path, supervisor: Supervisor
) -> None:
    engine = embedded_engines.postgres(folder)
    stale = (folder / "postgres").resolve() / "data" / "postmaster.pid"
    sleeper = Program("sleeper", ("/bin/sleep", "60"), {}, owner=engine.program.owner)
    stale.write_text(f"{supervisor.start(sleeper).process.pid}\n{stale.parent}\n")
    assert embedded_engines.start(supervisor, embedded_engines.postgres(folder)) == engine.url


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
    with alone(folder) as first, alone(folder) as second:
        assert (first, second) == (True, False)
    with alone(folder) as again:
        assert again


def kill_tree(pid: int) -> None:
    """Kill a process and all it started, as a power cut would."""
    family = [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
    for process in family:
        process.suspend()
    for process in reversed(family):
        process.kill()
    psutil.wait_procs(family, timeout=10)


def test_a_data_folder_of_the_release_before_gets_a_role_for_the_application(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables belong to the engine's superuser, and there is no other role."""
    for name in ("APPEALS_DATABASE_URL", "APPEALS_OWNER_DATABASE_URL", "APPEALS_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APPEALS_DATA_DIR", str(folder))
    supervisor = Supervisor()
    migrate(embedded_engines.start(supervisor, embedded_engines.postgres(folder)))
    supervisor.stop()
    with settings_here() as settings, act_of(settings) as act:
        assert act.session.scalar(sa.text("SELECT current_user")) == embedded_engines.APPLICATION
        assert act.session.scalar(sa.text("SELECT count(*) FROM appeal")) == 0
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied for table move"):
            act.session.execute(sa.text("DELETE FROM move"))
