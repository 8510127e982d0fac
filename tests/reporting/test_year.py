"""The article's year by the product's own commands: written, compiled, published, verified.

`APPEALS_YEAR` says how many appeals; the article has 2919000 (Rules 7). With fewer than some
100,000 one case more or less shows in the second decimal of a rate.
"""

import json
import os
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from appeals.database import make_engine, make_session_factory
from appeals.reporting.editions.report_document import digest_of
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.own_city import OwnCity, own_city
from tests.web.public.test_exports import read_pages, read_workbook
from worker.edition_files import make_due_files

pytestmark = pytest.mark.thorough
APPEALS = int(os.environ.get("APPEALS_YEAR", "100000"))
YEAR = "2020-03-05..2021-03-05"
AT = f"/public/reports/{YEAR}"
RATES = {"completion": ("filed", "99.29"), "satisfaction": ("handled", "95.43")}
COMPLETION = """
    SELECT count(*) FILTER (WHERE answered_on_spot_at IS NOT NULL OR withdrawn_at IS NOT NULL
        OR NOT EXISTS (SELECT FROM round WHERE appeal_id = id AND closed_at IS NULL)), count(*)
    FROM appeal WHERE not_accepted_at IS NULL
        AND (withdrawn_at IS NULL OR EXISTS (SELECT FROM dispatch WHERE appeal_id = id))
"""
SATISFACTION = """
    SELECT count(*) FILTER (WHERE satisfaction IN ('5', '4', '3')), count(*)
    FROM (SELECT DISTINCT ON (appeal_id) appeal_id, n, closed_at FROM round
        ORDER BY appeal_id, n DESC) AS last
    JOIN (SELECT DISTINCT ON (appeal_id, round_n) appeal_id, round_n, satisfaction FROM rating
        ORDER BY appeal_id, round_n, n DESC) AS said
        ON said.appeal_id = last.appeal_id AND said.round_n = last.n
    WHERE last.closed_at IS NOT NULL AND satisfaction IS NOT NULL
"""
"""The two rates once more, without a word of the reporting: all rows lie in the year."""
BY_HAND = """
    UPDATE figure SET numerator = numerator {} 1
    WHERE by = 'district' AND key = '370202' AND measure = 'completion' AND variant = 'all'
"""
Numbers = tuple[int, ...]


@pytest.fixture(scope="module")
def city(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnCity]:
    """Give a city with the year in it, compiled as one period and published."""
    with own_city(settings, "year", tmp_path_factory.mktemp("year")) as city:
        city.command("prepare")
        span = ("--from", "2020-03-05", "--to", "2021-03-05")
        city.command("simulate", *span, "--appeals", str(APPEALS))
        city.command("report", "compile", YEAR, "--cut-off", "2021-03-05T00:00")
        city.command("staff", "add", "sun", "--role", "administrator")
        city.command("report", "review", YEAR)
        city.command("report", "publish", YEAR)
        yield city


@pytest.fixture(scope="module")
def counted(city: OwnCity) -> dict[str, Numbers]:
    return {"completion": city.ask(COMPLETION), "satisfaction": city.ask(SATISFACTION)}


def simulate_year(city: OwnCity) -> None:
    """Make the edition's files, as the worker does."""
    engine = make_engine(city.settings.database_url)
    while make_due_files(make_session_factory(engine), city.settings):
        pass
    engine.dispose()


@pytest.fixture
def client(city: OwnCity) -> Iterator[FlaskClient]:
    engine = make_engine(city.settings.database_url)
    yield create_app(city.settings, make_session_factory(engine)).test_client()
    engine.dispose()


def test_the_articles_two_rates_are_found_by_counting(counted: dict[str, Numbers]) -> None:
    for name, (_, printed) in RATES.items():
        met, of = counted[name]
        assert of > APPEALS / 10
        assert f"{100 * met / of:.2f}" == printed, name


def test_every_file_of_the_edition_holds_the_two_rates(
    city: OwnCity, client: FlaskClient, counted: dict[str, Numbers]
) -> None:
    simulate_year(city)
    page = client.get(AT).text
    document = json.loads(client.get(f"{AT}.json", buffered=True).text)
    sheet = read_workbook(client.get(f"{AT}.xlsx", buffered=True).data)["全市"]
    printed = "".join(read_pages(client.get(f"{AT}.pdf", buffered=True).data))
    assert document["digest"] == digest_of(document)
    assert document["month"] == YEAR
    for name, (base, rate) in RATES.items():
        met, of = counted[name]
        cell = {"by": "city", "key": "city", "base": base, "variant": "all", "measure": name}
        assert {**cell, "numerator": met, "denominator": of} in document["figures"]
        row = next(row for row in sheet if row[8] == name and row[4] == "全部")
        assert row[5:8] == [met / of, met, of]
        assert f"{rate}%{met}{of}" in printed
        assert f"{rate}%</span>" in page
        assert f"{met:,} / {of:,}" in page


def test_the_period_is_listed_among_the_published_ones(client: FlaskClient) -> None:
    assert f'href="/en{AT}"' in client.get("/en/public/").text
    assert client.get(f"{AT}/summary").status_code == 200
    assert client.get(f"{AT}?by=district&measure=completion").status_code == 200


def test_the_edition_holds_until_a_figure_is_changed_by_hand(city: OwnCity) -> None:
    assert f"{YEAR}, edition 1: holds" in city.command("report", "verify")
    assert city.change(BY_HAND.format("+")) == 1
    found = city.run("report", "verify")
    assert found.returncode == 1
    assert f"{YEAR}, edition 1: does not hold" in found.stdout
    named = [line for line in found.stdout.splitlines() if "recounted" in line]
    assert len(named) == 1
    assert "district 370202 filed all completion: published (" in named[0]
    assert city.change(BY_HAND.format("-")) == 1
    assert city.run("report", "verify", YEAR).returncode == 0
