"""A database that hangs, or goes away at the commit: quick refusals, and nobody's text is lost."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
import sqlalchemy as sa

from appeals.database import make_engine, make_session_factory
from appeals.operations.database_roles import bring_up_to_date
from appeals.operations.engines import embedded_engines
from appeals.operations.supervision import Supervisor
from appeals.settings import Settings
from tests.cast import settle
from tests.conftest import separate_roles
from tests.served.own_server import SiteAnswer, Website, open_form, send_request, website
from tests.web.citizen_filing import FORM

READERS = 20
HUNG_SECONDS = 20
FORM_TYPE = "application/x-www-form-urlencoded"
GOES_AWAY_AT_THE_COMMIT = """
CREATE FUNCTION go_away() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER goes_away AFTER INSERT OR UPDATE ON draft
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION go_away();
"""


@dataclass(frozen=True)
class StoppableCity:
    """A website with a PostgreSQL of its own, which can be stopped and continued."""

    site: Website
    postgres: psutil.Process

    @contextmanager
    def hung_database(self) -> Iterator[None]:
        """Stop every process of PostgreSQL: connections stay open and nothing is answered."""
        processes = [self.postgres, *self.postgres.children(recursive=True)]
        for each in processes:
            each.suspend()
        try:
            yield
        finally:
            for each in processes:
                each.resume()

    def run(self, statement: str) -> None:
        """Run one statement in the database."""
        engine = make_engine(self.site.settings.database_url)
        with engine.begin() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


@pytest.fixture
def city(settings: Settings) -> Iterator[StoppableCity]:
    folder = Path(tempfile.mkdtemp(prefix="appeals-hung-"))
    folder.chmod(0o755)  # started by root, PostgreSQL runs as another account
    supervisor = Supervisor()
    try:
        url = embedded_engines.start_engine(supervisor, embedded_engines.prepare_postgres(folder))
        bring_up_to_date(separate_roles(settings, url))
        own = settings.model_copy(update={"database_url": url})
        engine = make_engine(url)
        with make_session_factory(engine).begin() as session:
            settle(session)
        engine.dispose()
        with website(own, folder / "web") as site:
            yield StoppableCity(site, psutil.Process(supervisor.children[0].process.pid))
    finally:
        supervisor.stop()
        shutil.rmtree(folder)


def send_words(site: Website, form: tuple[str, str]) -> SiteAnswer:
    """Send the page of the form with the words."""
    token, cookie = form
    fields = {**FORM, "csrf_token": token, "step": "what", "go": "photos"}
    body = urlencode(fields).encode()
    return send_request(site, "POST", "/appeals/new", body, Content_Type=FORM_TYPE, Cookie=cookie)


def sign_in(site: Website, form: tuple[str, str]) -> SiteAnswer:
    """Try to sign in: what is counted of it is kept even if it is refused."""
    token, cookie = form
    fields = {"username": "zhao", "password": "wrong", "csrf_token": token}
    body = urlencode(fields).encode()
    return send_request(site, "POST", "/sign-in", body, Content_Type=FORM_TYPE, Cookie=cookie)


def test_while_the_database_hangs_pages_say_so_at_once_and_give_the_text_back(
    city: StoppableCity,
) -> None:
    site, done = city.site, threading.Event()
    form = open_form(site)
    assert send_words(site, form).status == 303
    live = list[SiteAnswer]()

    def look() -> None:
        while not done.is_set():
            live.append(send_request(site, "GET", "/health/live"))
            time.sleep(0.2)

    def read() -> list[SiteAnswer]:
        answers = []
        while not done.is_set():
            answers.append(send_request(site, "GET", "/"))
            time.sleep(0.5)
        return answers

    with ThreadPoolExecutor(READERS + 2) as people:
        looking = people.submit(look)
        with city.hung_database():
            end = time.monotonic() + HUNG_SECONDS
            reading = [people.submit(read) for _ in range(READERS)]
            sent = send_words(site, form)
            refused = sign_in(site, form)
            time.sleep(max(0.0, end - time.monotonic()))
            done.set()
            pages = [page for each in reading for page in each.result()]
        looking.result()
    slowest = max(each.seconds for each in [sent, *pages])
    figures = (
        f"{len(pages)} pages, slowest {slowest:.1f} s, live {max(a.seconds for a in live):.1f} s"
    )
    assert {each.status for each in [sent, *pages]} == {503}, figures
    assert FORM["detail"] in sent.text
    assert refused.status == 503
    assert slowest < 6 + 4, figures  # six, and what a busy machine adds
    assert {each.status for each in live} == {200}
    assert max(each.seconds for each in live) < 6, figures
    assert send_request(site, "GET", "/").status == 200
    assert send_words(site, form).status == 303


def test_a_database_that_goes_away_at_the_commit_gives_the_text_back(city: StoppableCity) -> None:
    form = open_form(city.site)
    city.run(GOES_AWAY_AT_THE_COMMIT)
    sent = send_words(city.site, form)
    assert sent.status == 503
    assert FORM["detail"] in sent.text
    city.run("DROP TRIGGER goes_away ON draft")
    assert send_words(city.site, form).status == 303
