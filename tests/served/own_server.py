"""A website of a test's own: the project's gunicorn settings over a small, filled database."""

import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import sqlalchemy as sa

from appeals.database import make_engine, make_session_factory
from appeals.operations.built_files import ROOT
from appeals.operations.supervision import Child, Program, Supervisor, wait_until
from appeals.settings import Settings
from tests.cast import settle
from tests.conftest import as_application, beside, create, drop, free_port

SECONDS_TO_START = 120
PATIENCE = 120
"""Seconds that a test's browser waits for an answer before it counts as none."""
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass(frozen=True)
class Website:
    """A running website: its address and port, its settings, its log, and gunicorn's process."""

    address: str
    port: int
    settings: Settings
    log: Path
    child: Child


@dataclass(frozen=True)
class SiteAnswer:
    """One answer: its status, text and cookie, and the seconds it took."""

    status: int
    text: str
    cookie: str
    seconds: float


def send_request(
    site: Website, method: str, path: str, body: bytes = b"", **headers: str
) -> SiteAnswer:
    """Send one request on a connection of its own; `Content_Type` is the header's name here."""
    begun = time.monotonic()
    line = HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
    try:
        line.request(method, path, body, {name.replace("_", "-"): v for name, v in headers.items()})
        came = line.getresponse()
        text = came.read().decode()
        set_cookies = came.headers.get_all("Set-Cookie") or []
        cookie = "; ".join(each.partition(";")[0] for each in set_cookies)
        return SiteAnswer(came.status, text, cookie, time.monotonic() - begun)
    finally:
        line.close()


def open_form(site: Website) -> tuple[str, str]:
    """Open the filing form in a new browser; return its token and the browser's cookie."""
    page = send_request(site, "GET", "/appeals/new")
    token = TOKEN.search(page.text)
    assert token is not None
    return token[1], page.cookie


@contextmanager
def own_database(settings: Settings, name: str) -> Iterator[Settings]:
    """Make a database with the small city for the block; yield the settings that name it."""
    workers = str(sa.make_url(settings.database_url).database)
    own, template = f"{workers}_{name}", workers.rsplit("_", 1)[0]
    create(settings.database_url, own, template)
    url = beside(settings.database_url, own)
    engine = make_engine(url)
    try:
        with make_session_factory(engine).begin() as session:
            settle(session)
        engine.dispose()
        yield settings.model_copy(update={"database_url": url})
    finally:
        drop(settings.database_url, own)


@contextmanager
def website(
    settings: Settings,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    code: Path = ROOT,
    python: str | Path = sys.executable,
) -> Iterator[Website]:
    """Serve `settings` by gunicorn, as `appeals up` does, with `folder` as the data folder.

    The website works as the application's role. `code` is the checkout that serves and `python`
    the environment that it runs in: those of another release, say.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    ours = settings.model_copy(
        update={"data_dir": folder / "data", "port": port, "base_url": address}
    )
    ours.data_dir.mkdir(parents=True)
    program = Program(
        name="website",
        command=(
            *(str(python), "-m", "gunicorn", "-c", "deploy/gunicorn.py"),
            *("-b", f"127.0.0.1:{port}"),
        ),
        environment={
            **ours.model_copy(
                update={"database_url": as_application(ours.database_url)}
            ).for_children(),
            **(environment or {}),
        },
        patience=30,
        folder=code,
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
