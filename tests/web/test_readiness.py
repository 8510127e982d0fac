"""`/health/ready` tries what filing needs, so that it does not say ok where filing fails."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from psycopg import sql

from appeals.cli.engines import ROOT
from appeals.operations import readiness
from appeals.operations.readiness import try_writing_files
from appeals.settings import Settings
from appeals.web.app import create_app
from appeals.web.health import READINESS_CACHE
from tests.conftest import command
from tests.own_city import OwnCity, own_city

ASK = """
import json, resource, sys
from appeals.web.app import create_app
client = create_app().test_client()
if sys.argv[1:]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
answer = client.get("/health/ready")
print(json.dumps([answer.status_code, answer.json]))
"""
"""Asks in a process whose files may not grow beyond so many bytes, as on a full disk."""


@pytest.fixture
def city(settings: Settings, tmp_path: Path) -> Iterator[OwnCity]:
    with own_city(settings, "readiness", tmp_path) as city:
        yield city


def ask_readiness(city: OwnCity, *limit: str) -> tuple[int, dict[str, object]]:
    """Ask in a process of its own; return the status and what was told."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, *limit],
        env=city.settings.for_children(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    status, told = json.loads(done.stdout.splitlines()[-1])
    return status, told


def test_a_disk_that_takes_no_file_is_not_ready(city: OwnCity) -> None:
    assert ask_readiness(city)[0] == 200
    status, told = ask_readiness(city, "1000")
    assert (status, told["database"], told["files"]) == (503, "ok", "File too large")


def test_a_disk_without_room_for_photos_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert try_writing_files(tmp_path) is None
    more = shutil.disk_usage(tmp_path).free * 2
    monkeypatch.setattr(readiness, "SPACE_BYTES", more)
    assert try_writing_files(tmp_path) == "No space left on device"


def test_many_readiness_requests_share_one_check(city: OwnCity) -> None:
    app = create_app(city.settings)
    engine: sa.Engine = app.extensions["appeals_sessions"].kw["bind"]
    tried = list[str]()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "INSERT INTO draft" in statement:
            tried.append(statement)

    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: app.test_client().get("/health/ready"), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(tried) == 1
    app.extensions[READINESS_CACHE].ends = 0.0  # ten seconds later
    assert app.test_client().get("/health/ready").status_code == 200
    assert len(tried) == 2
    engine.dispose()


def test_a_data_folder_that_cannot_be_written_to_is_not_ready(city: OwnCity) -> None:
    city.settings.files_dir.parent.mkdir(exist_ok=True)
    city.settings.files_dir.write_text("a file in the folder's place")
    status, told = ask_readiness(city)
    assert (status, told["status"], told["files"]) == (503, "unready", "File exists")


def test_a_database_that_only_reads_is_not_ready(city: OwnCity) -> None:
    url = city.settings.database_url
    read_only = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
    command(url, read_only, str(sa.make_url(url).database))
    status, told = ask_readiness(city)
    assert (status, told["database"]) == (503, "InternalError")


def test_a_readiness_check_leaves_neither_row_nor_file(city: OwnCity) -> None:
    client = create_app(city.settings).test_client()
    assert [client.get("/health/ready").status_code for _ in range(3)] == [200] * 3
    assert city.ask("SELECT count(*) FROM draft") == (0,)
    assert list(city.settings.files_dir.iterdir()) == []
