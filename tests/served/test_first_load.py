"""A citizen's page takes at most 150 kB on its first visit, compressed as by the nginx in front."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from appeals.domain.states import State
from tests.served.city import MONTH
from tests.served.conftest import Served
from tools.gallery.browser import chromium
from tools.gallery.first_load import MAX_FIRST_LOAD_KB, measure_first_load

WORDS = "小区门口的路灯三天不亮，晚上看不见路。"
Steps = Callable[[Page, Served], None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def open_page(address: str) -> Steps:
    """Return the steps that open a page at its address."""

    def steps(page: Page, _served: Served) -> None:
        page.goto(address)

    return steps


def say_what_happened(page: Page, _served: Served) -> None:
    """Go on to the second page of the filing form, which lists categories and streets."""
    page.goto("/appeals/new")
    page.fill("[name=detail]", WORDS)
    with page.expect_navigation():
        page.locator("main form button[value=about]").first.click()


def follow_closed_appeal(page: Page, served: Served) -> None:
    """Open a closed appeal by its number and query code."""
    receipt = served.city.today[State.CLOSED]
    page.goto("/appeals/follow")
    page.fill("[name=number]", receipt.number)
    page.fill("[name=code]", receipt.code)
    with page.expect_navigation():
        page.locator("main form button").first.click()


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "steps",
    [
        open_page("/"),
        open_page("/appeals/new"),
        say_what_happened,
        open_page("/appeals/follow"),
        follow_closed_appeal,
        open_page("/public/"),
        open_page(f"/public/reports/{MONTH}"),
        open_page("/public/departments/"),
        open_page("/public/times"),
    ],
    ids=["home", "form", "form-about", "follow", "appeal", "public", "report", "units", "times"],
)
def test_a_first_load_takes_at_most_150_kb(served: Served, browser: Browser, steps: Steps) -> None:
    context = browser.new_context(base_url=served.address, locale="zh-CN")
    page = context.new_page()
    steps(page, served)
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in context.cookies())
    address = page.url
    context.close()
    size = measure_first_load(browser, address, cookies)
    assert 10 < size <= MAX_FIRST_LOAD_KB, f"{address} takes {size:.0f} kB"
