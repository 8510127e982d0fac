"""What a citizen asks of a report: one department, and how long an answer takes."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.clocks import Limit, LimitUnit, describe_limit
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.settings import Settings
from tests.cast import ROADS, shanghai
from tests.factories import appeal_in
from tests.published import published
from tests.web.staff_browser import open_page

MARCH = Period.month("2026-03")
CLOSED = 12


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act in a city whose March is published.

    Twelve cases are closed, one is in hand, and one was answered on the spot.
    """
    act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), app.extensions["appeals_secret"])
    for _ in range(CLOSED):
        appeal_in(act, State.CLOSED, 2)
    appeal_in(act, State.IN_HAND, 2)
    appeal_in(act, State.ANSWERED_ON_SPOT, 2)
    published(act.at(shanghai("2026-04-05 09:00")), MARCH)
    session.commit()
    return act


def read_table(page: str) -> dict[str, list[str]]:
    """Return the cells of each row of a page's table by its heading, without hints and markup."""
    bare = re.sub(r'<span class="govuk-hint">.*?</span>', "", page, flags=re.DOTALL)
    read = {}
    for row in re.findall(r"<tr.*?</tr>", bare, re.DOTALL):
        cells = re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        heading, *others = [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in cells]
        read[heading] = others
    return read


def test_a_department_stands_beside_the_city(client: FlaskClient, act: Act) -> None:
    assert act.session is not None
    listed = open_page(client, "/en/public/departments/")
    assert f'href="/en/public/departments/{ROADS}"' in listed
    shown = read_table(open_page(client, f"/en/public/departments/{ROADS}"))
    assert shown["Dispatched"] == ["13", "13"]
    assert shown["On time"][0] == shown["On time"][1]
    assert shown["Completion rate · Dispatched only"] == ["92.31% 12 / 13", "92.31% 12 / 13"]
    assert client.get("/public/departments/nowhere").status_code == 404


def test_a_category_says_what_is_promised_and_what_is_usual(client: FlaskClient, act: Act) -> None:
    assert act.session is not None
    shown = read_table(open_page(client, "/en/public/times"))
    rows = [cells for cells in shown.values() if len(cells) == 3][1:]  # without the header
    assert {promised for promised, *_ in rows} == {"5 working days", "24 hours"}
    assert [n for _, _, n in rows if n != "–"] == [str(CLOSED)]
    assert "2个工作日" in open_page(client, "/public/times")


def test_pages_of_the_newest_report_are_missing_before_there_is_one(client: FlaskClient) -> None:
    for address in ("/public/departments/", "/public/departments/roads", "/public/times"):
        assert client.get(address).status_code == 404
    assert "/public/times" not in open_page(client, "/public/")


@pytest.mark.parametrize(
    ("limit", "zh", "en"),
    [
        (Limit(5, LimitUnit.WORKING_DAYS), "5个工作日", "5 working days"),
        (Limit(1, LimitUnit.DAYS), "1天", "1 day"),
        (Limit(120, LimitUnit.WORKING_MINUTES), "2个工作小时", "2 working hours"),
        (Limit(90, LimitUnit.WORKING_MINUTES), "90个工作分钟", "90 working minutes"),
        (Limit(1440, LimitUnit.MINUTES), "24小时", "24 hours"),
        (Limit(30, LimitUnit.MINUTES), "30分钟", "30 minutes"),
    ],
)
def test_a_limit_is_said_in_its_unit_and_in_whole_hours(limit: Limit, zh: str, en: str) -> None:
    assert (describe_limit(limit).label("zh"), describe_limit(limit).label("en")) == (zh, en)


def test_a_search_engine_finds_every_public_page_in_each_language(
    client: FlaskClient, settings: Settings, act: Act
) -> None:
    assert act.session is not None
    allowed = client.get("/robots.txt").text.splitlines()
    assert allowed[-1] == f"Sitemap: {settings.base_url}/sitemap.xml"
    assert {"Allow: /public/", "Allow: /en/public/", "Disallow: /"} <= {*allowed}
    found = re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
    paths = [each.removeprefix(settings.base_url) for each in found]
    assert {f"/en/public/departments/{ROADS}", "/public/reports/2026-03"} < {*paths}
    assert len(paths) == len({*paths}) == 2 * len([each for each in paths if each[:4] != "/en/"])
    for path in paths:
        page = open_page(client, path)
        assert f'rel="canonical" href="{settings.base_url}{path}"' in page
        assert page.count('rel="alternate"') == 1


def test_a_report_says_its_rates_to_who_searches(client: FlaskClient, act: Act) -> None:
    assert act.session is not None
    (said,) = re.findall(
        r'<meta name="description" content="(.*?)">', open_page(client, "/public/")
    )
    assert said.startswith("2026年3月：办结率")
