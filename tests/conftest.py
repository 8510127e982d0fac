"""Real engines for the tests: one cluster for all, one migrated database for each worker.

With APPEALS_DATABASE_URL and APPEALS_REDIS_URL set, the same suite runs against those servers.
"""

import gc
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.orm import Session, sessionmaker

from appeals.act import Act
from appeals.cli.engines import start_engines
from appeals.database import make_engine, make_session_factory
from appeals.demo import demo_data
from appeals.domain.people import SYSTEM
from appeals.operations.built_files import ROOT
from appeals.operations.database_roles import bring_up_to_date
from appeals.operations.migrations import migrate_database
from appeals.operations.supervision import Supervisor
from appeals.settings import Settings
from tests import cast

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("thorough", max_examples=2000, deadline=None, print_blob=True)

sys.dont_write_bytecode = False  # every process of the run would compile all modules anew
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("APPEALS_FORM_SECONDS", "0")  # tests send forms as soon as they have them
OF_THE_DEMO_CITY = 300
SECRET = "only for the tests: forty characters long"


@dataclass
class Servers:
    """The engines that the controlling process started, and how to end them."""

    supervisor: Supervisor
    folder: Path
    known: dict[str, str]
    template: str


SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    """Compile the message catalogues and start the engines once, in the controlling process."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    subprocess.run([sys.executable, ROOT / "deploy" / "catalogues.py"], check=True)
    folder = Path(tempfile.mkdtemp(prefix="appeals-tests-"))
    folder.chmod(0o755)  # started by root, PostgreSQL runs as another account
    supervisor = Supervisor()
    known = {"APPEALS_SECRET_KEY": SECRET, **start_engines(supervisor, folder)}
    if "APPEALS_DATABASE_URL" in known:
        do_without_fsync(Settings.from_environment(known).owner_url)
    template = f"appeals_test_{os.getpid()}"
    config.stash[SERVERS] = Servers(supervisor, folder, known, template)
    url = Settings.from_environment(known).owner_url
    create(url, migrated_of(template), "template1")
    migrate_database(beside(url, migrated_of(template)))
    create(url, template, migrated_of(template))
    bring_up_to_date(separate_roles(Settings.from_environment(known), beside(url, template)))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the slow tests: a worker that begins one last keeps the others waiting."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives until the end: a tenth of the processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def pytest_configure_node(node: pytest.Item) -> None:
    """Tell each worker where the engines are."""
    servers = node.config.stash[SERVERS]
    node.workerinput["servers"] = (servers.known, servers.template)  # type: ignore[attr-defined] # xdist's node


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no process, no database and no file behind."""
    servers = config.stash.get(SERVERS, None)
    if servers is None:
        return
    for name in (servers.template, migrated_of(servers.template)):
        drop(Settings.from_environment(servers.known).owner_url, name)
    servers.supervisor.stop()
    shutil.rmtree(servers.folder)


@pytest.fixture(scope="session")
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Give this worker's settings: a migrated, empty database and a Redis number of its own.

    Tests work as the owner of the tables; servers that they start, as the application's role.
    """
    if hasattr(request.config, "workerinput"):
        known, template = request.config.workerinput["servers"]
        worker = request.config.workerinput["workerid"]
    else:
        servers = request.config.stash[SERVERS]
        known, template, worker = servers.known, servers.template, "gw0"
    read = Settings.from_environment(known)
    name = f"{template}_{worker}"
    create(read.owner_url, name, template)
    yield read.model_copy(
        update={
            "database_url": beside(read.owner_url, name),
            "owner_database_url": None,
            "redis_url": f"{read.redis_url.rsplit('/', 1)[0]}/{2 * (int(worker[2:]) % 7) + 1}",
            "data_dir": tmp_path_factory.mktemp("data"),
        }
    )
    drop(read.owner_url, name)


@pytest.fixture(scope="session")
def engine(settings: Settings) -> Iterator[sa.Engine]:
    """Give the engine of this worker's database."""
    engine = make_engine(settings.database_url, statement_seconds=30)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """Give a session whose commits are savepoints; all is rolled back after the test.

    What is deferred to the commit is checked at the end, for no real commit ever comes.
    """
    with engine.connect() as connection, connection.begin() as outer:
        with Session(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            yield session
            session.flush()
            session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        outer.rollback()


@pytest.fixture
def monday(session: Session) -> Act:
    """Give the system's act on Monday 2026-03-02 09:00 in the small city of `tests.cast`."""
    cast.settle(session)
    return Act(session, SYSTEM, cast.shanghai("2026-03-02 09:00"), cast.SECRET)


@pytest.fixture
def act(monday: Act) -> Act:
    """Give the act with which a test begins, unless its folder or module has another."""
    return monday


@pytest.fixture
def sessions(settings: Settings) -> Iterator[sessionmaker[Session]]:
    """Give sessions on a database of the test's own; the city is settled."""
    ours = str(sa.make_url(settings.database_url).database)
    create(settings.database_url, f"{ours}_hands", ours.rsplit("_", 1)[0])
    engine = make_engine(beside(settings.database_url, f"{ours}_hands"))
    made = make_session_factory(engine)
    with made.begin() as session:
        cast.settle(session)
    yield made
    engine.dispose()
    drop(settings.database_url, f"{ours}_hands")


@pytest.fixture(scope="session")
def demo_city(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Play a small demo city once; nobody works in it, for it is copied (`copy_of`)."""
    ours = str(sa.make_url(settings.database_url).database)
    name = f"{ours}_played"
    create(settings.database_url, name, ours.rsplit("_", 1)[0])  # ours itself is in use
    own = settings.model_copy(
        update={
            "database_url": beside(settings.database_url, name),
            "data_dir": tmp_path_factory.mktemp("played"),
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_data, "DEMO_FILINGS", OF_THE_DEMO_CITY)
        demo_data.create_demo_city(own)
    yield own
    drop(settings.database_url, name)


@contextmanager
def copy_of(city: Settings, name: str, folder: Path) -> Iterator[Settings]:
    """Copy a city that nobody works in, with its data folder; the copy goes in the end."""
    url = city.database_url
    original = str(sa.make_url(url).database)
    shutil.copytree(city.data_dir, folder)
    create(url, f"{original}_{name}", original)
    yield city.model_copy(
        update={"database_url": beside(url, f"{original}_{name}"), "data_dir": folder}
    )
    drop(url, f"{original}_{name}")


def migrated_of(name: str) -> str:
    """Give the name of the migrated, empty database where the application's role has no rights.

    `name` is that of a worker's database or of their template.
    """
    return "_".join([*name.split("_")[:3], "migrated"])


def as_application(url: str) -> str:
    """Give the address of the same database for the application's role, which owns no table."""
    role = sa.make_url(url).set(username="appeals_tests", password="known-to-every-test")
    return role.render_as_string(hide_password=False)


def separate_roles(settings: Settings, url: str) -> Settings:
    """Give the settings of a system on the database at `url` with its two roles."""
    return settings.model_copy(
        update={"database_url": as_application(url), "owner_database_url": url}
    )


def beside(url: str, name: str) -> str:
    """Give the address of another database on the same server."""
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


def do_without_fsync(url: str) -> None:
    """Let the tests' own cluster write without waiting for the disk; no test cuts its power.

    Dropping a database waits for a checkpoint: 0.4 s with fsync, 0.05 s without.
    """
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        command(url, sql.SQL("ALTER SYSTEM SET {} = off"), name)
    command(url, sql.SQL("SELECT pg_reload_conf()"))


def create(url: str, name: str, template: str) -> None:
    """Make a database as a copy of `template`."""
    command(url, sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)


def drop(url: str, name: str) -> None:
    """Drop a database, whoever is still connected."""
    command(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)


def command(url: str, text: sql.SQL, *names: str) -> None:
    """Run a statement that no transaction may hold."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(text.format(*map(sql.Identifier, names)))


def free_port() -> int:
    """Find a port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
