"""The public pages: rates with both numbers, pictures beside their tables, one sheet to print."""

import re
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM
from appeals.domain.states import State
from appeals.models.report import Report
from appeals.reporting.chapters import overview, trend
from appeals.reporting.counting import monthly_drafts
from appeals.reporting.editions import editions
from appeals.reporting.measures.cells import NO_NUMBERS, Numbers
from appeals.reporting.measures.measure_names import MeasureName
from appeals.reporting.tables.sections import Reader
from appeals.web.public.published_reports import ANSWER_CACHE
from appeals.web.shared.page_cache import PageCache
from tests.cast import shanghai
from tests.factories import appeal_in
from tests.published import published
from tests.web.staff_browser import count_statements, open_page

MARCH, APRIL = (Period.month(month) for month in ("2026-03", "2026-04"))
PICTURES = ("bars", "calendar", "columns", "funnel", "tiles", "trend")
A_PAGE = 12


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act in a city with March and April published: two closed, one filed, one open."""
    act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), app.extensions["appeals_secret"])
    for day, state in (("03-02", State.CLOSED), ("03-03", State.CLOSED), ("04-01", State.IN_HAND)):
        appeal_in(act.at(shanghai(f"2026-{day} 09:00")), state, 2)
    appeal_in(act.at(shanghai("2026-03-05 09:00")), State.NOT_ACCEPTED, 2)
    published(act.at(shanghai("2026-04-05 09:00")), MARCH)
    published(act.at(shanghai("2026-05-05 09:00")), APRIL)
    session.commit()
    return act.at(shanghai("2026-05-06 09:00"))


def read_overview(act: Act, period: Period) -> overview.Overview:
    from appeals.reference.reference_data import load_reference  # noqa: PLC0415

    report = editions.latest_edition(act, period)
    assert report is not None
    figures = monthly_drafts.load_figures(act, report, *overview.OVERVIEW_BREAKDOWNS)
    return overview.build_overview(Reader(load_reference(act), "en"), report, figures)


def test_every_picture_stands_beside_its_table(client: FlaskClient, act: Act) -> None:
    shown = open_page(client, "/en/public/reports/2026-03")
    assert act.session is not None
    assert {*re.findall(r"pic--(\w+)", shown)} == {*PICTURES}
    for part in re.findall(r'<section class="pictured".*?</section>', shown, re.DOTALL):
        assert part.count("<svg") == part.count("<table") == 1
    assert "style=" not in shown


def test_a_citizen_reads_rates_with_both_numbers_and_what_they_mean(
    client: FlaskClient, act: Act
) -> None:
    assert act.session is not None
    shown = open_page(client, "/en/public/")
    cards = re.findall(r'<p class="figure">.*?</p>', shown, re.DOTALL)
    assert len(cards) == len(overview.HEADLINES)
    assert all(re.search(r"\d / \d|0 / 0", card) and "Base" in card for card in cards)
    assert "Of the valid appeals filed in the period" in shown
    for form in ("pdf", "xlsx", "csv", "json"):
        assert f"/public/reports/2026-04.{form}?edition=1" in shown


def test_each_step_of_the_funnel_is_a_part_of_the_one_before(act: Act) -> None:
    steps = [n for _, n in read_overview(act, MARCH).funnel]
    assert steps[:4] == [3, 2, 2, 2]
    assert steps == sorted(steps, reverse=True)
    assert [n for _, n in read_overview(act, APRIL).funnel][:4] == [1, 1, 1, 0]


def test_the_days_add_up_to_what_was_filed(act: Act) -> None:
    found = read_overview(act, MARCH)
    assert {day.isoformat(): n for day, n in found.days.items()} == {
        "2026-03-02": 1,
        "2026-03-03": 1,
        "2026-03-05": 1,
    }
    assert sum(n for _, n in found.spread) == 2
    assert sum(filed for _, filed in found.districts) == 3


def test_a_trend_ends_with_its_report_and_reads_the_newest_editions(act: Act) -> None:
    def months(report: Report | None) -> list[str]:
        assert report is not None
        return [
            month
            for month, _ in trend.load_trend(act, report, (MeasureName.COMPLETION,))["completion"]
        ]

    april = editions.latest_edition(act, APRIL)
    assert months(april) == ["2026-03", "2026-04"]
    assert months(editions.latest_edition(act, MARCH)) == ["2026-03"]
    appeal_in(act.at(shanghai("2026-03-06 09:00")), State.CLOSED, 2)
    published(act, MARCH, "one more")
    assert april is not None
    assert trend.load_trend(act, april, (MeasureName.COMPLETION,))["completion"][0][1] == (3, 3)


def test_a_rate_changes_in_points_on_the_month_before_alone() -> None:
    points = [
        ("2026-01", Numbers(1, 2)),
        ("2026-03", Numbers(1, 2)),
        ("2026-04", Numbers(3, 4)),
    ]
    assert trend.change_on_last_month(points, "2026-04") == 25
    assert trend.change_on_last_month(points, "2026-03") is None
    assert trend.change_on_last_month([("2026-03", NO_NUMBERS), points[2]], "2026-04") is None


@pytest.mark.parametrize("address", ["/public/", "/public/reports/2026-04"])
def test_pages_read_stored_figures_in_few_statements(
    app: Flask, client: FlaskClient, act: Act, address: str
) -> None:
    open_page(client, address)
    app.extensions[ANSWER_CACHE] = PageCache(1)  # as when its time is over
    with count_statements(act.session) as sent:
        open_page(client, address)
    assert 0 < len(sent.statements) <= A_PAGE
    assert not [each for each in sent.statements if "FROM appeal" in each or "FROM round" in each]


@pytest.mark.parametrize("address", ["/public/", "/en/public/reports/2026-04"])
def test_a_page_that_was_just_read_takes_no_statement(
    client: FlaskClient, act: Act, address: str
) -> None:
    first = open_page(client, address)
    with count_statements(act.session) as sent:
        assert open_page(client, address) == first
    assert sent.statements == []


def test_no_page_of_somebody_with_a_session_is_shown_to_another(
    sun: FlaskClient, client: FlaskClient
) -> None:
    shown = ["/sign-out" in open_page(browser, "/public/") for browser in (sun, client, sun)]
    assert shown == [True, False, True]


def test_each_language_has_an_address_of_its_own(client: FlaskClient, act: Act) -> None:
    assert act.session is not None
    chinese, english = (open_page(client, at) for at in ("/public/", "/en/public/"))
    assert ('<html lang="zh-CN"' in chinese, '<html lang="en"' in english) == (True, True)
    assert 'href="/public/reports/2026-04"' in chinese
    assert 'href="/en/public/reports/2026-04"' in english
    for nobodys in ("/zh/public/", "/xx/public/", "/en/public/reports/2026-05"):
        assert client.get(nobodys).status_code == 404


def test_a_chosen_language_leads_to_its_address_and_is_remembered(
    client: FlaskClient, act: Act
) -> None:
    assert act.session is not None
    moved = client.get("/public/reports/2026-04?by=department&lang=en")
    assert (moved.status_code, moved.location) == (
        302,
        "/en/public/reports/2026-04?by=department",
    )
    assert '<html lang="en"' in open_page(client, "/appeals/follow")
    back = client.get("/en/public/reports/2026-04.csv?edition=1&lang=zh")
    assert back.location == "/public/reports/2026-04.csv?edition=1"


@pytest.mark.parametrize(
    "query", ["endpoint=x", "_method=POST", "_scheme=ftp", "_external=1", "tongue=zh", "by=a&by=b"]
)
def test_a_query_of_any_names_stays_as_it_is_in_another_language(
    client: FlaskClient, query: str
) -> None:
    moved = client.get(f"/public/?{query}&lang=en")
    assert (moved.status_code, moved.location) == (302, f"/en/public/?{query}")


def test_the_summary_is_one_sheet_with_its_seal(client: FlaskClient, act: Act) -> None:
    report = editions.latest_edition(act, APRIL)
    assert report is not None
    shown = open_page(client, "/public/reports/2026-04/summary")
    assert report.digest
    assert report.digest in shown
    assert "市民共提交诉求1件，其中有效1件" in shown
    assert shown.count("<svg") == len(("completion", "satisfaction", "tiles", "funnel"))
    assert client.get("/public/reports/2026-05/summary").status_code == 404


def test_a_breakdown_by_department_is_drawn_and_by_day_is_listed(
    client: FlaskClient, act: Act
) -> None:
    assert isinstance(act.now, datetime)
    drawn = open_page(client, "/en/public/reports/2026-03?by=department&measure=completion")
    assert drawn.count("<svg") == 1
    listed = open_page(client, "/en/public/reports/2026-03?by=day")
    assert listed.count("<svg") == 0
    assert "2026-03-02" in listed
