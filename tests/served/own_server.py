"""A website of a test's own: the project's gunicorn settings over a small, filled database."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from appeals.cli.engines import ROOT
from appeals.database import make_engine, session_factory
from appeals.operations.supervision import Child, Program, Supervisor, wait_until
from appeals.settings import Settings
from tests.cast import settle
from tests.conftest import beside, create, drop, free_port

SECONDS_TO_START = 120


@dataclass(frozen=True)
class Website:
    """A running website: its address and port, its settings, its log, and gunicorn's process."""

    address: str
    port: int
    settings: Settings
    log: Path
    child: Child


@contextmanager
def own_database(settings: Settings, name: str) -> Iterator[Settings]:
    """Make a database with the small city for the block; yield the settings that name it."""
    template = str(sa.make_url(settings.database_url).database).rsplit("_", 1)[0]
    own = f"{template}_{name}"
    create(settings.database_url, own, template)
    url = beside(settings.database_url, own)
    engine = make_engine(url)
    try:
        with session_factory(engine).begin() as session:
            settle(session)
        engine.dispose()
        yield replace(settings, database_url=url)
    finally:
        drop(settings.database_url, own)


@contextmanager
def website(
    settings: Settings, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Website]:
    """Serve `settings` by gunicorn, as `appeals up` does, with `folder` as the data folder."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    ours = replace(settings, data_dir=folder / "data", port=port, base_url=address)
    ours.data_dir.mkdir()
    program = Program(
        name="website",
        command=(
            *(sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py"),
            *("-b", f"127.0.0.1:{port}"),
        ),
        environment={**os.environ, **ours.for_children(), **(environment or {})},
        patience=30,
        folder=ROOT,
        log=folder / "website.log",
    )
    supervisor = Supervisor()
    try:
        child = supervisor.start(program)
        wait_until(lambda: _answers(f"{address}/health/live"), child, SECONDS_TO_START)
        yield Website(address, port, ours, folder / "website.log", child)
    finally:
        supervisor.stop()


def _answers(address: str) -> bool:
    with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
        return True
    return False
