"""Published pages of the real server: from each worker's cache, without a statement, soon new."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from appeals.act import Act
from appeals.database import make_engine, make_session_factory
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.settings import Settings
from tests.cast import SECRET, shanghai
from tests.factories import appeal_in
from tests.published import published
from tests.served.own_server import SiteAnswer, Website, own_database, send_request, website

MARCH = Period.month("2026-03")
PATH = "/public/reports/2026-03"
READERS, READS = 8, 80
ROUNDS = 6
"""Each worker renders the page again every few seconds; in between a round asks nothing."""
SECONDS_UNTIL_SEEN = 10
STATEMENTS_SINCE = sa.text(
    "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND query_start >= :begun"
)
"""The last statements of connections that sent one since a moment."""


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Website]:
    """Provide a website with a published month, and nothing else on its database."""
    with own_database(settings, "public") as own:
        publish_march(own, "2026-04-05 09:00")
        with website(own, tmp_path) as running:
            yield running


def publish_march(settings: Settings, at: str, reason: str | None = None) -> None:
    """File an appeal in March and publish the month; a later edition has a reason."""
    engine = make_engine(settings.database_url)
    with make_session_factory(engine).begin() as session:
        act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), SECRET)
        appeal_in(act, State.CLOSED, 2)
        published(act.at(shanghai(at)), MARCH, reason)
    engine.dispose()


def read_often(site: Website) -> list[SiteAnswer]:
    """Read the page many times at once, so that every worker is asked."""
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(lambda _: send_request(site, "GET", PATH), range(READS)))


def list_statements(site: Website) -> list[str]:
    """Return the statements that the website sent while the page was read many times."""
    engine = make_engine(site.settings.database_url)
    with engine.connect() as connection:
        begun = connection.scalar(sa.text("SELECT clock_timestamp()"))
        connection.rollback()  # else this would be the moment of a snapshot that stays
        assert {each.status for each in read_often(site)} == {200}
        sent = list(connection.scalars(STATEMENTS_SINCE, {"begun": begun}))
    engine.dispose()
    return sent


def test_a_cached_page_is_read_without_a_statement(site: Website) -> None:
    assert list_statements(site) != [], "the first readers' pages are made of the database"
    rounds = [list_statements(site) for _ in range(ROUNDS)]
    assert [] in rounds, rounds


def test_an_edition_published_meanwhile_is_seen_within_ten_seconds(site: Website) -> None:
    (before,) = {each.text for each in read_often(site)}
    publish_march(site.settings, "2026-05-05 09:00", "补录一件")
    seen_by = time.monotonic() + SECONDS_UNTIL_SEEN
    while time.monotonic() < seen_by:  # people go on reading, so that it never leaves the cache
        read_often(site)
    (after,) = {each.text for each in read_often(site)}
    assert after != before
    assert "第2版" in after
