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
    says_what(journey)
    adds_photos(journey)
    goes_back_twice(journey)
    says_where_and_who(journey)
    number, code = sends(journey)
    follows(journey, number, code)
    adds_a_photo(journey)


@pytest.mark.parametrize("language", ["en"])
@pytest.mark.parametrize("journey", [True], indirect=True)
def test_what_is_typed_before_the_script_has_come_stays(journey: FilingJourney) -> None:
    citizen, page = journey.citizen, journey.citizen.page
    page.goto("/appeals/new?find=street+lamps")
    citizen.go("pick urban.lighting")
    page.fill("[name=subject]", "kept from before")
    page.check("[name=kind][value=complaint]")
    held: list[Route] = []
    page.route("**/site.*.js", lambda route: held.append(route))  # noqa: PLW0108  # a function of its own is wanted
    with page.expect_request("**/site.*.js"):
        page.reload(wait_until="commit")
    page.fill("[name=subject]", "typed just now")
    page.check("[name=kind][value=praise]")
    held[0].continue_()
    page.wait_for_load_state()
    expect(page.locator("[name=subject]")).to_have_value("typed just now")
    expect(page.locator("[name=kind][value=praise]")).to_be_checked()
    page.unroute("**/site.*.js")
    page.reload()
    expect(page.locator("[name=subject]")).to_have_value("typed just now")
    expect(page.locator("[name=kind][value=praise]")).to_be_checked()


def says_what(journey: FilingJourney) -> None:
    """Find the topic by a search; the first mistake is to leave out the words."""
    citizen, page = journey.citizen, journey.citizen.page
    page.goto("/appeals/new")
    journey.look("about")
    page.fill("[name=find]", {"zh": "路灯不亮", "en": "street lamps"}[citizen.language])
    if journey.scripts:
        expect(page.locator("[value='pick urban.lighting']")).to_have_count(2)  # as one types
    else:
        page.locator("form[role=search] button").click()
    journey.look("found")
    citizen.go("pick urban.lighting")
    page.check("[name=kind][value=complaint]")
    page.fill("[name=subject]", "路灯")
    citizen.go("photos")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    expect(page.locator("[name=subject]")).to_have_value("路灯")
    journey.look("what-wrong")
    page.fill("[name=detail]", journey.detail)
    if journey.scripts:
        loses_the_connection(journey)
    citizen.go("photos")


def loses_the_connection(journey: FilingJourney) -> None:
    """Press while the line is dead, come back, and find all that was typed."""
    page = journey.citizen.page
    address = page.url
    journey.citizen.context.set_offline(offline=True)
    with pytest.raises(Error):
        journey.citizen.go("photos")
    journey.citizen.context.set_offline(offline=False)
    page.goto(address)
    expect(page.locator("[name=detail]")).to_have_value(journey.detail)


def adds_photos(journey: FilingJourney) -> None:
    """Choose a file that is no photo beside a photo: the second mistake."""
    citizen, page = journey.citizen, journey.citizen.page
    contract: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"}
    page.set_input_files("[name=attachments]", [photo(1), contract])
    citizen.go("where")
    expect(page.locator(".govuk-error-summary")).to_contain_text("a.jpg")
    expect(page.locator(".photos img")).to_have_count(1)
    journey.look("photos-wrong")
    page.set_input_files("[name=attachments]", [photo(2)])
    citizen.go("photos")
    expect(page.locator(".photos img")).to_have_count(2)
    journey.look("photos")
    citizen.go("where")


def goes_back_twice(journey: FilingJourney) -> None:
    """Go back by the browser's own button, and by the page's."""
    citizen, page = journey.citizen, journey.citizen.page
    page.go_back()
    expect(page.locator(".photos img")).to_have_count(2)
    citizen.go("what")
    expect(page.locator("[name=detail]")).to_have_value(journey.detail)
    citizen.go("photos")
    citizen.go("where")


def says_where_and_who(journey: FilingJourney) -> None:
    """Type a number that lacks digits: the third mistake."""
    citizen, page = journey.citizen, journey.citizen.page
    journey.look("where")
    page.select_option("[name=district]", "370202")
    page.fill("[name=address]", "北门8号")
    citizen.go("who")
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
    page.locator("a[href*='step=where']").first.click()
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
