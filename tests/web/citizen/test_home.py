"""The home page: one button, one field, the hotline, what happens next, figures."""

import re
from dataclasses import replace

from flask.testing import FlaskClient

from appeals.act import Act
from appeals.domain.calendar import Period, month_of
from appeals.domain.states import State
from appeals.models.configuration import Campaign
from appeals.queries import home_page
from appeals.reporting.counting import monthly_drafts
from tests.cast import shanghai
from tests.factories import appeal_in, later
from tests.web.staff_browser import count_statements, open_page

MOST_STATEMENTS = 8


def read_counts(page: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page)}


def test_the_first_screen_leads_to_filing_following_and_the_hotline(client: FlaskClient) -> None:
    hero = client.get("/").text.split('class="hero"')[1].split("</section>")[0]
    assert re.findall(r'href="([^"]+)"', hero) == ["/appeals/new", "tel:12345"]
    assert hero.count("govuk-button--start") == 1
    assert re.findall(r'<form[^>]+action="([^"]+)"', hero) == ["/appeals/follow"]
    assert re.findall(r'<input[^>]+name="([^"]+)"', hero) == ["number"]


def test_a_number_from_the_home_page_stands_on_the_page_that_asks_for_the_code(
    client: FlaskClient,
) -> None:
    page = client.get("/appeals/follow?number=QD26-0000-0000-0").text
    assert re.search(r'name="number"[^>]*value="QD26-0000-0000-0"', page)


def test_the_slogan_is_the_campaigns_name_in_its_parts(client: FlaskClient, act: Act) -> None:
    act.session.add(
        Campaign(
            id=1, name_zh="我爱青岛·我有不满·我要说话", name_en="X", message_zh="", message_en=""
        )
    )
    act.session.commit()
    slogan = re.search(r"<h1.*?</h1>", client.get("/").text)
    assert slogan
    assert re.findall(r"<span>([^<]+)</span>", slogan[0]) == ["我爱青岛", "我有不满", "我要说话"]


def test_four_drawings_say_what_happens_next(client: FlaskClient) -> None:
    steps = client.get("/").text.split('class="next-steps"')[1].split("</ol>")[0]
    assert steps.count("<svg") == steps.count("<li") == 4


def test_this_months_counts_are_those_of_its_newest_report(act: Act) -> None:
    tuesday = replace(act, now=shanghai("2026-03-10 09:00"))
    for state in (State.FILED, State.DISPATCHED, State.IN_HAND, State.ANSWERED_ON_SPOT):
        appeal_in(tuesday, state)
    week_later = later(tuesday, 24 * 7)
    assert home_page.count_month(week_later) is None
    draft = monthly_drafts.compile_draft(week_later, Period.month("2026-03"))
    act.session.flush()  # the counts are read by queries
    assert draft.edition is None
    assert home_page.count_month(week_later) == home_page.MonthSoFar(
        draft.cut_off, received=4, answered_at_once=1, sent=2, closed=0
    )
    assert home_page.count_month(later(tuesday, 24 * 31)) is None


def test_the_page_shows_this_months_counts_as_not_reviewed(client: FlaskClient, act: Act) -> None:
    assert "<dl class" not in client.get("/?lang=en").text  # nothing is counted yet
    appeal_in(act, State.FILED)
    month = Period.month(f"{month_of(act.now):%Y-%m}")
    monthly_drafts.compile_draft(act, month)
    act.session.commit()
    page = open_page(client, "/?lang=en")
    assert read_counts(page) == {
        "Appeals received": 1,
        "Answered at once": 0,
        "Sent to departments": 0,
        "Dealt with and closed": 0,
    }
    assert "not yet reviewed" in page


def test_the_home_page_takes_few_statements(client: FlaskClient, act: Act) -> None:
    appeal_in(act, State.FILED)
    monthly_drafts.compile_draft(act, Period.month(f"{month_of(act.now):%Y-%m}"))
    act.session.commit()
    open_page(client, "/")
    with count_statements(act.session) as seen:
        open_page(client, "/")
    assert len(seen.statements) <= MOST_STATEMENTS, seen.statements
