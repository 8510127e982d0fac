"""Without a network a browser that was here before shows our page, and has stored nothing else."""

from playwright.sync_api import Browser, expect

from tests.journeys.conftest import JourneyCity
from tools.gallery.browser import PHONE

STORED = """async () => {
  const stored = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) stored.push(new URL(request.url).pathname);
  }
  return stored.sort();
}"""
IS_READY = "async () => { await navigator.serviceWorker.ready; return true; }"


def test_without_a_network_the_offline_page_is_shown_and_nothing_else_is_stored(
    browser: Browser, city: JourneyCity
) -> None:
    context = browser.new_context(base_url=city.address, locale="zh-CN", viewport=PHONE)
    page = context.new_page()
    page.goto("/")
    assert page.evaluate(IS_READY)
    for address in ("/appeals/new", "/appeals/follow", "/public/"):
        page.goto(address)
    stored = page.evaluate(STORED)
    assert [path for path in stored if not path.startswith("/static/build/theme.")] == ["/offline"]
    assert len(stored) == 2
    context.set_offline(offline=True)
    page.goto("/appeals/follow")
    expect(page.locator("h1")).to_have_text("没有网络")
    assert page.evaluate("getComputedStyle(document.querySelector('.site-header')).display") == (
        "block"
    )
    context.set_offline(offline=False)
    page.locator("main .govuk-button").click()
    expect(page.locator("[name=number]")).to_be_visible()
    context.close()
