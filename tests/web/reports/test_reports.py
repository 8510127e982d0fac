"""Reports on the web: reviewed and published by administrators, read by everybody (Rules 5)."""

import csv
import html
import json
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.casework.handling import rating_devices
from appeals.domain.calendar import Period
from appeals.domain.people import SYSTEM, Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import Kind
from appeals.reporting.counting import case_lists, monthly_drafts
from appeals.reporting.editions import recounts
from appeals.reporting.editions.report_document import digest_of
from appeals.reporting.findings import report_findings
from tests.cast import shanghai
from tests.factories import appeal_in, later, played
from tests.published import published, sent

MONTH = "2026-03"
MARCH = Period.month(MONTH)
SHOWN = f"/admin/reports/{MONTH}"


OWN = "four quiet words here"


@pytest.fixture
def act(app: Flask, session: Session) -> Act:
    """Provide an act in the city of the application, with one closed appeal."""
    secret: bytes = app.extensions["appeals_secret"]
    act = Act(session, SYSTEM, shanghai("2026-03-02 09:00"), secret)
    appeal_in(act, State.CLOSED, 2)
    session.commit()
    return act.at(shanghai("2026-04-08 00:00"))


@pytest.fixture
def as_sun(client: FlaskClient, act: Act) -> FlaskClient:
    """Sign an administrator in."""
    return sign_in(client, act, Role.ADMINISTRATOR)


def sign_in(client: FlaskClient, act: Act, role: Role) -> FlaskClient:
    once = staff_accounts.add_staff(act.at(datetime.now(UTC)), "sunny", "Sun", role)
    act.session.commit()
    client.post("/sign-in", data={"username": "sunny", "password": once})
    client.post("/account", data={"old": once, "new": OWN})
    return client


def compile_month(act: Act) -> None:
    monthly_drafts.compile_draft(act, MARCH)
    act.session.commit()


def count_as_the_worker(act: Act) -> None:
    """Carry out the recount that was asked for."""
    now = act.at(datetime.now(UTC))
    request = recounts.begin_next_recount(now)
    assert request is not None
    recounts.carry_out_recount(now, request, monthly_drafts.note_no_step)
    act.session.commit()


def publish_march(act: Act) -> None:
    published(act, MARCH)
    act.session.commit()


def test_reports_are_for_administrators(client: FlaskClient, act: Act) -> None:
    assert client.get(SHOWN).status_code == 302
    assert sign_in(client, act, Role.SUPERVISOR).get(SHOWN).status_code == 403


@pytest.mark.parametrize("by", ["city", "department", "kind", "channel", "street", "nonsense"])
def test_the_draft_shows_both_numbers(as_sun: FlaskClient, act: Act, by: str) -> None:
    compile_month(act)
    page = as_sun.get(f"{SHOWN}?by={by}&lang=en").text
    assert "Completion rate" in page
    assert "100.00%" in page
    assert "Base: Filed" in page


def test_a_period_is_compiled_then_confirmed_then_published(as_sun: FlaskClient, act: Act) -> None:
    assert as_sun.get(SHOWN).status_code == 200
    as_sun.post(f"{SHOWN}/compile", data={"cut_off": "2026-04-08T00:00"})
    assert monthly_drafts.find_draft(act, MARCH) is None, "the worker counts, not the page"
    count_as_the_worker(act)
    draft = monthly_drafts.find_draft(act, MARCH)
    assert draft is not None
    assert draft.cut_off == shanghai("2026-04-08 00:00")
    assert "never changes" in as_sun.get(f"{SHOWN}/publish?lang=en").text
    assert as_sun.post(f"{SHOWN}/publish", data={"draft": "0"}).status_code == 409
    assert as_sun.post(f"{SHOWN}/review", data={"draft": str(draft.id)}).status_code == 303
    assert as_sun.post(f"{SHOWN}/publish", data={"draft": str(draft.id)}).status_code == 303
    assert as_sun.get(f"/public/reports/{MONTH}").status_code == 200


def test_a_recount_shows_how_far_it_is_and_is_not_asked_for_twice(
    as_sun: FlaskClient, act: Act
) -> None:
    assert as_sun.post(f"{SHOWN}/compile").status_code == 303
    page = as_sun.get(f"{SHOWN}?lang=en").text
    assert "Sun asked for it on" in page
    assert f'data-anew-from="{SHOWN}/state"' in page
    assert "/compile" not in page, "nothing more can be asked for meanwhile"
    again = as_sun.post(f"{SHOWN}/compile?lang=en")
    assert again.status_code == 409
    assert "This period is being counted already: Sun asked for it" in again.text
    now = act.at(datetime.now(UTC))
    request = recounts.begin_next_recount(now)
    assert request is not None
    recounts.note_recount_step(now, request, 2)
    act.session.commit()
    panel = as_sun.get(f"{SHOWN}/state?lang=en").text
    assert f"step 3 of {recounts.RECOUNT_STEPS}" in panel
    assert f'<progress max="{recounts.RECOUNT_STEPS}" value="2">' in panel
    recounts.note_failed_recount(now, request, "ValueError (x.py:1)")
    act.session.commit()
    failed = as_sun.get(f"{SHOWN}?lang=en").text
    assert "failed. The figures before it stand. Ask for it again" in failed
    assert "ValueError (x.py:1)" in failed
    assert as_sun.post(f"{SHOWN}/compile").status_code == 303


def months_shown(browser: FlaskClient, query: str = "") -> dict[str, str]:
    """Return the text of each row of the page of months, by the month."""
    page = browser.get(f"/admin/reports/?lang=en{query}").text
    rows = re.findall(r"<tr class=\"govuk-table__row\">(.*?)</tr>", page, re.DOTALL)
    texts = (" ".join(html.unescape(re.sub("<[^>]*>", " ", row)).split()) for row in rows)
    return {" ".join(text.split()[:2]): text for text in texts if re.match(r"\w+ \d{4}", text)}


def test_the_page_of_months_says_what_waits_for_whom(as_sun: FlaskClient, act: Act) -> None:
    found = months_shown(as_sun, "&last=2026-04")
    assert [*found] == ["Apr 2026", "Mar 2026"], "from the first appeal on, the newest first"
    assert "Not counted" in found["Mar 2026"]
    assert "An administrator has to have it counted." in found["Mar 2026"]
    early = act.at(shanghai("2026-03-20 00:00"))
    monthly_drafts.compile_draft(early, MARCH)
    act.session.commit()
    assert "To be counted again" in months_shown(as_sun, "&last=2026-03")["Mar 2026"]
    compile_month(act)
    assert "An administrator has to review it." in months_shown(as_sun, "&last=2026-03")["Mar 2026"]
    draft = monthly_drafts.find_draft(act, MARCH)
    assert draft is not None
    as_sun.post(f"{SHOWN}/review", data={"draft": str(draft.id)})
    reviewed = months_shown(as_sun, "&last=2026-03")["Mar 2026"]
    assert re.search(r"Sun reviewed it on .*; an administrator has to publish it\.", reviewed)
    as_sun.post(f"{SHOWN}/publish", data={"draft": str(draft.id)})
    published_month = months_shown(as_sun, "&last=2026-03")["Mar 2026"]
    assert "Nothing waits." in published_month
    assert "Edition 1" in published_month
    act.session.expire_all()
    compile_month(act)
    assert "Nothing waits." in months_shown(as_sun, "&last=2026-03")["Mar 2026"], (
        "no figure changed"
    )
    appeal_in(act.at(shanghai("2026-03-05 09:00")), State.CLOSED, 2)
    compile_month(act)
    changed = months_shown(as_sun, "&last=2026-03")["Mar 2026"]
    assert re.search(r"[1-9]\d* of the city's figures have changed since edition 1", changed)
    this_month = f"{datetime.now(UTC):%Y-%m}"
    assert "once the period is over" in next(iter(months_shown(as_sun).values())), this_month


def test_older_months_and_other_periods_are_listed(as_sun: FlaskClient, act: Act) -> None:
    appeal_in(act.at(shanghai("2024-12-05 09:00")), State.CLOSED, 2)
    monthly_drafts.compile_draft(act, Period.parse("2026-03-01..2026-03-16"))
    act.session.commit()
    page = as_sun.get("/admin/reports/?lang=en&last=2026-03").text
    assert page.count('<th class="govuk-table__header" scope="row">') == 12
    assert "?last=2025-03" in page
    assert [*months_shown(as_sun, "&last=2025-03")] == [
        "Mar 2025", "Feb 2025", "Jan 2025", "Dec 2024",
    ]  # fmt: skip
    assert "1 to 15 Mar 2026" in as_sun.get("/admin/reports/?lang=en").text
    assert as_sun.get("/admin/reports/?last=nonsense").status_code == 404


def test_review_stands_before_the_figures_and_only_with_the_draft_that_is_shown(
    as_sun: FlaskClient, act: Act
) -> None:
    publish_march(act)
    appeal_in(act.at(shanghai("2026-03-05 09:00")), State.CLOSED, 2)
    compile_month(act)
    page = as_sun.get(SHOWN).text
    assert 0 < page.index(f'action="{SHOWN}/review"') < page.index('id="chapter-')
    edition = as_sun.get(f"{SHOWN}?edition=1&lang=en").text
    assert "/review" not in edition
    assert "Open the draft" in edition


def test_a_cut_off_in_the_future_is_refused(as_sun: FlaskClient) -> None:
    answer = as_sun.post(f"{SHOWN}/compile", data={"cut_off": "2999-01-01T00:00"})
    assert answer.status_code == 422


OF = "by=city&key=city&base=filed&variant=all&measure=completion"


def test_a_figure_leads_to_its_cases(as_sun: FlaskClient, act: Act) -> None:
    compile_month(act)
    asked = f"{OF}&part=denominator"
    assert as_sun.get(f"{SHOWN}/cases?{asked}").text.count('<th scope="row"') == 1
    wrong = asked.replace("completion", "nonsense")
    assert as_sun.get(f"{SHOWN}/cases?{wrong}").status_code == 422
    assert as_sun.get(f"{SHOWN}/cases?{OF}&part=nonsense").status_code == 422


def test_a_list_is_narrowed_and_leads_to_a_case_without_contact(
    as_sun: FlaskClient, act: Act
) -> None:
    other = appeal_in(
        act.at(shanghai("2026-03-03 09:00")), State.CLOSED, 2, district="370203", street=None
    )
    act.session.commit()
    compile_month(act)
    assert as_sun.get(f"{SHOWN}/cases?{OF}").text.count('<th scope="row"') == 2
    page = as_sun.get(f"{SHOWN}/cases?{OF}&only_district=370203").text
    assert page.count('<th scope="row"') == 1
    assert other.number in page
    case = as_sun.get(f"/admin/reports/appeals/{other.number}").text
    assert "夜间施工噪音" in case
    assert "wang@example.org" not in case


def test_a_list_is_a_file_without_a_cap(
    as_sun: FlaskClient, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_lists, "PAGE_ROWS", 1)
    for hour in ("09", "10"):
        at = act.at(shanghai(f"2026-03-03 {hour}:00"))
        appeal_in(at, State.CLOSED, 2, kind=Kind.PRAISE, district=None, street=None)
    act.session.commit()
    compile_month(act)
    with as_sun.get(f"{SHOWN}/cases.csv?{OF}&part=numerator&lang=en") as answer:
        assert answer.content_length == len(answer.data)
        assert "attachment" in answer.headers["Content-Disposition"]
        lines = list(
            csv.DictReader(answer.get_data(as_text=True).removeprefix("\ufeff").splitlines())
        )
    assert [line["Kind"] for line in lines] == ["Complaint", "Praise", "Praise"]
    assert [line["District"] for line in lines] == ["Shinan", "", ""]


def test_everybody_reads_an_edition(client: FlaskClient, act: Act) -> None:
    assert client.get(f"/public/reports/{MONTH}").status_code == 404
    publish_march(act)
    assert MONTH in client.get("/public/").text
    assert client.get(f"/public/reports/{MONTH}?by=department").status_code == 200
    document = json.loads(sent(client, act, f"/public/reports/{MONTH}.json").text)
    assert document["edition"] == 1
    assert document["public_digest"] == digest_of(
        {name: value for name, value in document.items() if name != "digest"}
    )
    assert "completion" in sent(client, act, f"/public/reports/{MONTH}.csv").text


@pytest.mark.parametrize("address", ["nonsense", "2026-13", f"{MONTH}?edition=2"])
def test_what_was_not_published_is_not_found(client: FlaskClient, act: Act, address: str) -> None:
    publish_march(act)
    assert client.get(f"/public/reports/{address}").status_code == 404


def test_a_device_that_rates_for_many_opens_its_cases(as_sun: FlaskClient, act: Act) -> None:
    for day in range(2, 8):
        at = act.at(shanghai(f"2026-03-0{day} 09:00"))
        appeal = appeal_in(at, State.CLOSED, 2)
        played(later(at, 48), appeal, Action.RATE)
        rating_devices.record_rating_device(
            later(at, 48), appeal, f"192.0.2.{day == 7:d}", "Browser"
        )
    report_findings.record_findings(act, monthly_drafts.compile_draft(act, MARCH))
    act.session.commit()
    page = as_sun.get(f"{SHOWN}?chapter=all").text
    assert "同一设备评价较多" in page
    to = re.search(r'href="([^"]*device=[^"]*)"', page)
    assert to is not None
    cases = as_sun.get(html.unescape(to[1])).text
    assert cases.count('<th scope="row"') == 5
