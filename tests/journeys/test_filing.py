"""A citizen files with photos, errs three times, goes back twice, follows; also without scripts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, FilePayload, Route, expect

from tests.journeys.conftest import JourneyCity, JourneyDesk
from tests.photos import jpeg

DETAIL = {
    "zh": "连续一周，每天晚上小区北门外的三盏路灯都不亮，老人出门看不见路。",
    "en": "For a week now the three lamps outside the north gate have been dark every evening.",
}
WRONG_PHONE, PHONE = "138 0013", "+86 138 0013 8000"


@dataclass
class FilingJourney:
    """A citizen at a browser, with scripts or without."""

    citizen: JourneyDesk
    scripts: bool

    @property
    def detail(self) -> str:
        """Return what she wants to say."""
        return DETAIL[self.citizen.language]

    def look(self, name: str) -> None:
        """Take a screenshot, and check accessibility."""
        self.citizen.look(f"filing-{name}")


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def journey(
    request: pytest.FixtureRequest,
    browser: Browser,
    city: JourneyCity,
    language: str,
    pictures: Path,
) -> Iterator[FilingJourney]:
    citizen = JourneyDesk(browser, city, language, pictures, scripts=request.param)
    yield FilingJourney(citizen, request.param)
    citizen.context.close()


def photo(seed: int) -> FilePayload:
    octets = jpeg(seed, orientation=6, size=(1200, 900))
    return {"name": f"IMG_{seed}.jpg", "mimeType": "image/jpeg", "buffer": octets}


def test_a_citizen_files_with_photos_and_mistakes_and_follows(journey: FilingJourney) -> None:
    says_what_with_photos(journey)
    chooses_what_is_proposed(journey)
    goes_back_twice(journey)
    says_who(journey)
    number, code = sends(journey)
    follows(journey, number, code)
    adds_a_photo(journey)


MAX_PAGES, MAX_CLICKS = 4, 8
"""What a citizen needs to file at most (Design 7)."""


@pytest.mark.parametrize("language", ["zh"])
def test_filing_takes_at_most_four_pages_and_eight_clicks(
    journey: FilingJourney, language: str
) -> None:
    del language
    page = journey.citizen.page
    page.goto("/appeals/new")
    pages, clicks = {page.locator("h1").inner_text()}, 0

    def press(selector: str) -> None:
        nonlocal clicks
        page.locator(selector).first.click()
        clicks += 1
        pages.add(page.locator("h1").inner_text())

    page.fill("[name=detail]", journey.detail)
    press("main button[value=about]")
    press("[name=category] + label")
    page.select_option("[name=district]", "370202")
    clicks += 2  # a list is opened, and a line of it chosen
    press("main button[value=who]:not([aria-hidden])")
    page.fill("[name=contact_phone]", PHONE)
    press("[name=publish] + label")
    press("main button[value=check]")
    page.wait_for_timeout(2500)  # a form that comes back sooner is given back once
    press("main button[value=send]")
    expect(page.locator("[data-query-code]")).to_be_visible()
    assert len(pages) - 1 <= MAX_PAGES  # the receipt is no page of the form
    assert clicks <= MAX_CLICKS


@pytest.mark.parametrize("language", ["en"])
@pytest.mark.parametrize("journey", [True], indirect=True)
def test_what_is_typed_before_the_script_has_come_stays(journey: FilingJourney) -> None:
    citizen, page = journey.citizen, journey.citizen.page
    page.goto("/appeals/new")
    page.fill("[name=detail]", "street lamps")
    citizen.go("about")
    page.fill("[name=address]", "kept from before")
    page.check("[name=category][value='urban.lighting']")
    held: list[Route] = []
    page.route("**/site.*.js", lambda route: held.append(route))  # noqa: PLW0108  # a function of its own is wanted
    with page.expect_request("**/site.*.js"):
        page.reload(wait_until="commit")
    page.fill("[name=address]", "typed just now")
    page.check("[name=category][value=other]")
    held[0].continue_()
    page.wait_for_load_state()
    expect(page.locator("[name=address]")).to_have_value("typed just now")
    expect(page.locator("[name=category][value=other]")).to_be_checked()
    page.unroute("**/site.*.js")
    page.reload()
    expect(page.locator("[name=address]")).to_have_value("typed just now")
    expect(page.locator("[name=category][value=other]")).to_be_checked()


def says_what_with_photos(journey: FilingJourney) -> None:
    """Send an empty box, then words with a photo and with a file that is none: two mistakes."""
    citizen, page = journey.citizen, journey.citizen.page
    page.goto("/appeals/new")
    journey.look("what")
    citizen.go("about")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    journey.look("what-wrong")
    page.fill("[name=detail]", journey.detail)
    if journey.scripts:
        loses_the_connection(journey)
    contract: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"}
    page.set_input_files("[name=attachments]", [photo(1), contract])
    citizen.go("about")
    expect(page.locator(".govuk-error-summary")).to_contain_text("a.jpg")
    expect(page.locator("[name=detail]")).to_have_value(journey.detail)
    expect(page.locator(".photos img")).to_have_count(1)
    journey.look("photos-wrong")
    page.set_input_files("[name=attachments]", [photo(2)])
    citizen.go("what")
    expect(page.locator(".photos img")).to_have_count(2)
    journey.look("photos")
    citizen.go("about")


def loses_the_connection(journey: FilingJourney) -> None:
    """Press while the line is dead, come back, and find all that was typed."""
    page = journey.citizen.page
    address = page.url
    journey.citizen.context.set_offline(offline=True)
    with pytest.raises(Error):
        journey.citizen.go("about")
    journey.citizen.context.set_offline(offline=False)
    page.goto(address)
    expect(page.locator("[name=detail]")).to_have_value(journey.detail)


def chooses_what_is_proposed(journey: FilingJourney) -> None:
    """Take the category that is proposed first, and choose the place."""
    citizen, page = journey.citizen, journey.citizen.page
    journey.look("about")
    first = page.locator("[name=category]").first
    expect(first).to_have_value("urban.lighting")
    first.check()
    page.select_option("[name=district]", "370202")
    page.fill("[name=address]", "北门8号")
    citizen.go("who")


def goes_back_twice(journey: FilingJourney) -> None:
    """Go back by the browser's own button, and by the page's."""
    citizen, page = journey.citizen, journey.citizen.page
    page.go_back()
    expect(page.locator("[name=address]")).to_have_value("北门8号")
    citizen.go("what")
    expect(page.locator("[name=detail]")).to_have_value(journey.detail)
    expect(page.locator(".photos img")).to_have_count(2)
    citizen.go("about")
    expect(page.locator("[name=category]").first).to_be_checked()
    citizen.go("who")


def says_who(journey: FilingJourney) -> None:
    """Type a number that lacks digits: the third mistake."""
    citizen, page = journey.citizen, journey.citizen.page
    page.fill("[name=contact_name]", "阿依古丽·买买提")
    page.fill("[name=contact_phone]", WRONG_PHONE)
    citizen.go("check")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("[name=contact_phone]")).to_have_value(WRONG_PHONE)
    journey.look("who-wrong")
    page.fill("[name=contact_phone]", PHONE)
    citizen.go("check")


def sends(journey: FilingJourney) -> tuple[str, str]:
    """Look through the answers, change one, send, and keep the receipt."""
    citizen, page = journey.citizen, journey.citizen.page
    for answer in (journey.detail, "阿依古丽·买买提", PHONE, "北门8号"):
        expect(page.locator("main")).to_contain_text(answer)
    expect(page.locator(".photos img")).to_have_count(2)
    journey.look("check")
    page.locator("a[href*='step=about']").last.click()
    page.fill("[name=address]", "南门9号")
    citizen.go("check")
    expect(page.locator("main")).to_contain_text("南门9号")
    citizen.go("send")
    expect(page.locator(".receipt img")).to_have_js_property("complete", value=True)
    journey.look("receipt")
    if journey.scripts:
        with page.expect_download() as saved:
            page.locator("[data-picture]").click()
        assert saved.value.path().read_bytes().startswith(b"\x89PNG")
    number = page.locator("[data-appeal-number]").inner_text()
    code = page.locator("[data-query-code]").inner_text()
    page.go_back()  # what was sent cannot be sent again: the receipt is shown
    expect(page.locator("[data-query-code]")).to_have_text(code)
    return number, code


def follows(journey: FilingJourney, number: str, code: str) -> None:
    """Open the appeal in another session: by the picture's address, or typed from the receipt."""
    citizen, page = journey.citizen, journey.citizen.page
    citizen.context.clear_cookies()
    if journey.scripts:
        page.goto(f"/appeals/follow#{number}.{code}")
    else:
        page.goto("/appeals/follow")
        page.fill("[name=number]", number)
        page.fill("[name=code]", code)
        citizen.submit("main form")
    expect(page).to_have_url(re.compile(f"/appeals/{number}$"))
    expect(page.locator(".standing")).to_be_visible()
    expect(page.locator("dl .photos img")).to_have_count(2)
    journey.look("followed")


def adds_a_photo(journey: FilingJourney) -> None:
    page = journey.citizen.page
    page.locator("#do-add summary").click()
    page.set_input_files("[name=attachments]", [photo(3)])
    journey.citizen.take("add", words="又拍了一张")
    expect(page.locator(".parcel .photos img")).to_have_count(1)
    journey.look("added")
