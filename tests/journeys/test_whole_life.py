"""One appeal's whole life in a real browser: Chinese on a phone, English on a desk."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from appeals.domain.calendar import SHANGHAI
from tests.journeys.conftest import JourneyCity, JourneyDesk

WORDS = {
    "zh": ("小区旁工地夜里施工", "连续一周，夜里十一点以后还在打桩，噪音大，老人孩子睡不着。"),
    "en": ("Building site at night", "For a week now there is noise after eleven at night."),
}
DEPARTMENT = "370202-cg"
STAFF = {
    "operator": None,
    "dispatcher": None,
    "officer": DEPARTMENT,
    "administrator": None,
}


@dataclass
class WholeLifeJourney:
    """The people of one journey, each at a browser of their own."""

    language: str
    citizen: JourneyDesk
    operator: JourneyDesk
    dispatcher: JourneyDesk
    officer: JourneyDesk
    administrator: JourneyDesk


@pytest.fixture(params=["zh", "en"])
def journey(
    request: pytest.FixtureRequest, browser: Browser, city: JourneyCity, pictures: Path
) -> Iterator[WholeLifeJourney]:
    language: str = request.param
    desks = {"citizen": JourneyDesk(browser, city, language, pictures)}
    for role, department in STAFF.items():
        desks[role] = JourneyDesk(browser, city, language, pictures)
        name = f"{role}-{language}"
        desks[role].sign_in(name, city.staff(name, role, department))
    yield WholeLifeJourney(language, **desks)
    for desk in desks.values():
        desk.context.close()


def test_a_citizen_files_and_the_city_answers(journey: WholeLifeJourney) -> None:
    number, code = files(journey)
    for person, place, action, given in (
        (journey.operator, "centre", "accept", {}),
        (journey.dispatcher, "centre", "dispatch", {"department": DEPARTMENT}),
        (journey.officer, "desk", "sign", {}),
        (journey.officer, "desk", "first-contact", {}),
        (journey.officer, "desk", "answer", {"result": "solved", "words": "工地已停止夜间施工。"}),
        (journey.dispatcher, "centre", "close", {}),
    ):
        person.page.goto(f"/{place}/appeals/{number}")
        person.picture(f"{place}-before-{action}")
        if action == "first-contact":
            calls(person, number)
            continue
        person.take(action, **given)
    follows_and_rates(journey, number, code)
    is_counted(journey, number)


def calls(officer: JourneyDesk, number: str) -> None:
    """Record on the page of the first contact that the citizen was reached."""
    page = officer.page
    page.locator(f"#moves a[href*='{number}/first-contact']").click()
    officer.picture("first-contact")
    with page.expect_navigation():
        page.locator("[name=outcome][value=reached]").click()


def files(journey: WholeLifeJourney) -> tuple[str, str]:
    """File page by page, after a first try without a word, and read the receipt."""
    citizen, page = journey.citizen, journey.citizen.page
    subject, detail = WORDS[journey.language]
    page.goto("/")
    citizen.picture("home")
    page.goto("/appeals/new")
    citizen.picture("new")
    citizen.go("about")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    citizen.picture("new-refused")
    page.fill("[name=detail]", detail)
    citizen.go("about")
    page.check("[name=category][value='urban.noise']")
    page.locator("summary").last.click()
    page.check("[name=kind][value=complaint]")
    page.fill("[name=subject]", subject)
    page.select_option("[name=district]", "370202")
    citizen.go("who")
    page.fill("[name=contact_phone]", "138 0000 0000")
    citizen.go("check")
    citizen.picture("check")
    citizen.go("send")
    citizen.picture("receipt")
    number = page.locator("[data-appeal-number]").inner_text()
    return number, page.locator("[data-query-code]").inner_text()


def follows_and_rates(journey: WholeLifeJourney, number: str, code: str) -> None:
    page = journey.citizen.page
    journey.citizen.context.clear_cookies(name="session")
    page.goto("/appeals/follow")
    page.fill("[name=number]", number.lower())
    page.fill("[name=code]", code.replace("-", " "))
    journey.citizen.picture("follow")
    journey.citizen.submit("main form")
    expect(page).to_have_url(re.compile(f"/appeals/{number}$"))
    journey.citizen.picture("appeal-closed")
    journey.citizen.take("rate", solved="yes", satisfaction="5", words="谢谢")
    journey.citizen.picture("appeal-rated")


def is_counted(journey: WholeLifeJourney, number: str) -> None:
    """Find the appeal in the month's report by following its figures."""
    page = journey.administrator.page
    page.goto("/admin/")
    journey.administrator.picture("admin")
    page.goto(f"/admin/reports/{datetime.now(SHANGHAI):%Y-%m}")
    form = page.locator("form[action$='/compile']")
    if not form.is_visible():  # the month was compiled before
        page.locator("details", has=form).locator("summary").click()
    journey.administrator.submit("form[action$='/compile']")
    expect(form).to_be_attached(timeout=120_000)  # the worker has counted, the page shows it
    journey.administrator.picture("report")
    report = page.url
    for measure in ("completion", "resolution", "satisfaction"):
        page.goto(f"{report}?by=department&measure={measure}")
        journey.administrator.picture(f"report-by-department-{measure}")
        page.locator(f"a[href*='key={DEPARTMENT}'][href*='measure={measure}&']").first.click()
        expect(page.get_by_text(number)).to_be_visible()
        journey.administrator.picture(f"report-cases-{measure}")
