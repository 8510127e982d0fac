"""What is kept of published pages: made once, made anew when anything is published."""

import time
from functools import partial

import pytest
from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.settings import Settings
from appeals.web.public.published_reports import ANSWER_CACHE
from appeals.web.shared.page_cache import PageCache
from tests.cast import shanghai
from tests.factories import appeal_in
from tests.published import make_files, published
from tests.web.staff_browser import count_statements, open_page

MARCH = Period.month("2026-03")
AT = "/public/reports/2026-03"
BY = ("city", "department", "kind")


@pytest.fixture
def act(act: Act) -> Act:
    """Provide an act after March was published with one appeal."""
    then = Act(act.session, SYSTEM, shanghai("2026-03-02 09:00"), act.secret)
    appeal_in(then, State.CLOSED, 2)
    return publish_march(then.at(shanghai("2026-04-05 09:00")))


def publish_march(act: Act, reason: str | None = None) -> Act:
    published(act, MARCH, reason)
    act.session.commit()
    return act


@pytest.mark.parametrize("address", ["/public/", AT, f"{AT}/summary", f"{AT}?by=department"])
def test_a_page_is_cached_until_more_is_published(
    client: FlaskClient, act: Act, address: str
) -> None:
    first = open_page(client, address)
    with count_statements(act.session) as again:
        assert open_page(client, address) == first
    assert not [each for each in again.statements if "FROM figure" in each]
    publish_march(act.at(shanghai("2026-05-05 09:00")), "a late correction")
    assert open_page(client, address) == first
    client.application.extensions[ANSWER_CACHE] = PageCache(1)  # as when its time is over
    assert open_page(client, address) != first


def test_a_page_outlives_its_seconds_in_no_cache() -> None:
    cache, made = PageCache[str](2, 0.05), list[str]()

    def make() -> str:
        made.append("made")
        return "a"

    assert [cache.get("a", make), cache.get("a", make)] == ["a", "a"]
    time.sleep(0.06)
    assert (cache.get("a", make), len(made)) == ("a", 2)


def test_each_language_and_breakdown_is_a_page_of_its_own(client: FlaskClient, act: Act) -> None:
    assert act.session is not None
    pages = [open_page(client, f"{at}?by={by}") for at in (AT, f"/en{AT}") for by in BY]
    said = {each.partition("<main")[2].partition("</main>")[0] for each in pages}
    assert len(said) == 2 * len(BY)


@pytest.mark.parametrize("form", ["", "/summary", ".json", ".csv", ".xlsx"])
def test_a_browser_that_has_the_page_gets_304(
    client: FlaskClient, settings: Settings, act: Act, form: str
) -> None:
    make_files(act, settings.data_dir, form.removeprefix("."), "zh")
    first = client.get(AT + form, buffered=True)
    known = {"If-None-Match": first.headers["ETag"]}
    again = client.get(AT + form, headers=known, buffered=True)
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert "no-cache" in again.headers["Cache-Control"]
    publish_march(act.at(shanghai("2026-05-05 09:00")), "a late correction")
    make_files(act, settings.data_dir, form.removeprefix("."), "zh")
    client.application.extensions[ANSWER_CACHE] = PageCache(1)  # as when its time is over
    assert client.get(AT + form, headers=known, buffered=True).status_code == 200
    assert client.get(f"{AT}{form}?edition=1", headers=known, buffered=True).status_code == (
        304 if "." in form else 200
    )


def test_the_least_recently_used_page_is_evicted() -> None:
    kept, made = PageCache[str](2), list[str]()

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(key, partial(make, key)) == key
    assert made == ["a", "b", "c", "b"]
