"""The live figures in a real browser: where scripts run they show themselves anew."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.journeys.conftest import JourneyCity, JourneyDesk

HALF_A_MINUTE = 30_000


def test_the_live_figures_show_themselves_anew(
    browser: Browser, city: JourneyCity, pictures: Path
) -> None:
    desk = JourneyDesk(browser, city, "en", pictures)
    desk.sign_in("live-supervisor", city.staff("live-supervisor", "supervisor"))
    desk.page.clock.install()
    desk.page.goto("/live/")
    desk.picture("live")
    heading = desk.page.locator("#live h1")
    heading.evaluate("each => { each.textContent = 'old' }")
    desk.page.clock.fast_forward(HALF_A_MINUTE)
    expect(heading).to_contain_text("Live figures")
    desk.context.close()
