"""Many people who ask for a report's PDF at once leave the website to everybody else."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.database import make_engine, make_session_factory
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.models.organisation import Department
from appeals.operations.built_files import ROOT
from appeals.reference.reference_data import mark_reference_changed
from appeals.settings import Settings
from tests.cast import ROADS, SECRET, shanghai
from tests.factories import appeal_in
from tests.published import PUBLIC, published
from tests.served.own_server import Website, own_database, website
from tests.served.test_uploads import Crowd

MARCH = Period.month("2026-03")
PDFS = [f"{address}/reports/2026-03.pdf" for address in PUBLIC.values()]
ASKING, READING = 8, 21
SECONDS_TO_MAKE = 300
WORKER = """
from worker.app import load_settings, open_sessions
from worker.edition_files import make_due_files
while True:
    make_due_files(open_sessions(), load_settings())
    __import__("time").sleep(1)
"""


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Website]:
    """Provide a website with a published month whose files nobody has made, and no worker."""
    with own_database(settings, "pdfs") as own:
        engine = make_engine(own.database_url)
        with make_session_factory(engine).begin() as session:
            act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
            appeal_in(act, State.CLOSED, 2)
            published(act.at(MARCH.end), MARCH)
        engine.dispose()
        with website(own, tmp_path) as running:
            yield running


@contextmanager
def worker(site: Website) -> Iterator[None]:
    """Make editions' files in a process of its own, as the worker does, while the block runs."""
    environment = site.settings.for_children()
    with subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=ROOT) as process:
        yield
        process.terminate()


def rename_label(site: Website) -> None:
    """Change a label, as an administrator does."""
    engine = make_engine(site.settings.database_url)
    with make_session_factory(engine).begin() as session:
        session.execute(sa.update(Department).where(Department.code == ROADS).values(zh="改名"))
        mark_reference_changed(session, "renamed")
    engine.dispose()


def request_file(site: Website, path: str) -> tuple[int, bytes, float]:
    """Return an answer's status and bytes, and its seconds; one that says when to ask again."""
    begun = time.monotonic()
    line = HTTPConnection("127.0.0.1", site.port, timeout=120)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        data = answer.read()
        assert answer.status == 200 or int(answer.getheader("Retry-After", "0")) > 0
        return answer.status, data, time.monotonic() - begun
    finally:
        line.close()


def test_eight_pdfs_at_once_leave_readers_their_pages(site: Website) -> None:
    """Nobody gets a 500 or waits for a maker; when the worker has made it, it is there for all."""
    crowd, waits = Crowd(site), list[float]()

    def insist(n: int) -> bytes:
        last = time.monotonic() + SECONDS_TO_MAKE
        while time.monotonic() < last:
            status, data, seconds = request_file(site, PDFS[n % 2])
            waits.append(seconds)
            if status == 200:
                return data
            assert status == 503
            time.sleep(1)
        raise AssertionError("The PDF was never made.")

    with ThreadPoolExecutor(READING + ASKING + 1) as people:
        reading = crowd.run(people)
        try:
            time.sleep(1)
            rename_label(site)
            early = list(people.map(request_file, [site] * ASKING, [PDFS[1]] * ASKING))
            with worker(site):
                made = list(people.map(insist, range(ASKING)))
            rename_label(site)
            again = list(people.map(insist, range(ASKING)))
        finally:
            crowd.done.set()
        for each in reading:
            each.result()
    figures = (
        f"{len(crowd.read)} pages, slowest {max(each.seconds for each in crowd.read):.1f} s; "
        f"live {max(each.seconds for each in crowd.live):.1f} s; PDF asked {len(waits)} times, "
        f"slowest answer {max(waits):.1f} s; stuck {max(crowd.stuck)}"
    )
    assert {status for status, _, _ in early} == {503}
    assert len(set(made)) == 2
    assert all(data.startswith(b"%PDF") for data in made)
    assert again == made
    assert {each.status for each in [*crowd.read, *crowd.live]} == {200}, figures
    assert max(each.seconds for each in crowd.live) < 5, figures
    assert max(waits) < 30, figures
    assert max(crowd.stuck) == 0, figures
