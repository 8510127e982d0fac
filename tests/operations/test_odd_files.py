"""Files that an engine cannot use do not keep it from starting, and are said to be set aside."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from appeals.operations.engines import embedded_engines
from appeals.operations.supervision import CannotStart, Supervisor
from tests.operations.engine_talk import say_to_valkey


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="appeals-odd-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def run_postgres(folder: Path, statement: str) -> object:
    """Start PostgreSQL, run one statement, stop it, and give the first value."""
    supervisor = Supervisor()
    try:
        url = embedded_engines.start_engine(supervisor, embedded_engines.prepare_postgres(folder))
        with psycopg.connect(url) as connection:
            found = connection.execute(statement.encode())
            row = found.fetchone() if found.description else None
            return row and row[0]
    finally:
        supervisor.stop()


def ask_valkey(folder: Path, words: str) -> str:
    """Start Valkey, say one line to it, stop it, and give the answer."""
    supervisor = Supervisor()
    try:
        return say_to_valkey(
            embedded_engines.start_engine(supervisor, embedded_engines.prepare_valkey(folder)),
            words,
        )
    finally:
        supervisor.stop()


@pytest.mark.parametrize("written", ["", "\n", "no number\n"])
def test_an_empty_or_odd_pid_file_is_set_aside_and_the_database_starts(
    folder: Path, written: str, capfd: pytest.CaptureFixture[str]
) -> None:
    run_postgres(folder, "CREATE TABLE kept AS SELECT 7 AS seven")
    cluster = (folder / "postgres").resolve() / "data"
    (cluster / "postmaster.pid").write_text(written)
    (cluster.parent / ".s.PGSQL.5432.lock").write_text("")
    assert run_postgres(folder, "SELECT seven FROM kept") == 7
    (aside,) = cluster.glob("postmaster.pid.set-aside-*")
    said = capfd.readouterr().err.splitlines()
    sentence = f"{cluster / 'postmaster.pid'} was set aside as {aside.name}: it names no process."
    assert said.count(sentence) == 1


@pytest.mark.parametrize("suffix", [".incr.aof", ".manifest"])
def test_garbage_in_valkeys_file_is_set_aside_and_valkey_starts(
    folder: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ask_valkey(folder, "SET kept 7") == "+OK"
    (file,) = (folder / "valkey" / "appendonlydir").glob(f"*{suffix}")
    file.write_bytes(b"*3\r\n$3\r\nSET garbage\x00\xff" * 9)
    assert ask_valkey(folder, "GET kept") == "$-1"
    (aside,) = (folder / "valkey").glob("appendonlydir.set-aside-*")
    assert (
        f"was set aside as {aside.name}: valkey does not start with it." in capfd.readouterr().err
    )


def test_a_file_of_a_newer_valkey_is_set_aside(folder: Path) -> None:
    ask_valkey(folder, "PING")
    (file,) = (folder / "valkey" / "appendonlydir").glob("*.base.rdb")
    octets = file.read_bytes()
    file.write_bytes(octets[:5].replace(b"0", b"9") + b"9999" + octets[9:])
    assert ask_valkey(folder, "PING") == "+PONG"
    assert len(list((folder / "valkey").glob("appendonlydir.set-aside-*"))) == 1


def test_a_database_of_another_postgresql_is_kept_and_refused_in_a_sentence(folder: Path) -> None:
    run_postgres(folder, "SELECT 1")
    version = (folder / "postgres").resolve() / "data" / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(CannotStart, match="is of PostgreSQL 16, this program brings 18: back it"):
        embedded_engines.prepare_postgres(folder)
    assert version.exists()
