"""A running city for the journeys: `appeals up` with web, worker and beat, and a browser."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from appeals.settings import Settings
from gallery.browser import DESKTOP, LOCALES, PHONE, chromium
from gallery.city import APPEALS, ROOT, started
from tests.conftest import SECRET, beside, create, drop, free_port


@dataclass
class City:
    """A running city: its address, and how its commands are called."""

    address: str
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        """Run `appeals …` beside the running city and give what it prints."""
        done = subprocess.run(
            [APPEALS, *words],
            env=self.environment,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def staff(self, name: str, role: str, department: str | None = None) -> str:
        """Add one of the staff and give the one-time password."""
        place = ("--department", department) if department else ()
        return self.command("staff", "add", name, "--role", role, *place).split()[-1]


@pytest.fixture(scope="session")
def city(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Start the whole system on a database of its own, without the demo city.

    Its Redis number is its own too: its worker takes every message that it finds there.
    """
    name = f"{sa.make_url(settings.database_url).database}_journeys"
    create(settings.database_url, name, "template1")
    environment = {
        **os.environ,
        "APPEALS_DATABASE_URL": beside(settings.database_url, name),
        "APPEALS_REDIS_URL": next_number(settings.redis_url),
        "APPEALS_SECRET_KEY": SECRET,
        "APPEALS_DATA_DIR": str(tmp_path_factory.mktemp("city")),
    }
    with started(Path(environment["APPEALS_DATA_DIR"]), free_port(), environment, "--empty") as up:
        yield City(up.address, environment)
    drop(settings.database_url, name)


def next_number(url: str) -> str:
    """Give the address of the Redis number after this one."""
    server, number = url.rsplit("/", 1)
    return f"{server}/{int(number) + 1}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's own Chromium."""
    with chromium() as browser:
        yield browser


class Desk:
    """One person at one browser: a language, a width, and pictures of every step.

    Pictures are kept where `APPEALS_PICTURES` says, else in the test's own folder.
    """

    def __init__(
        self,
        browser: Browser,
        city: City,
        language: str,
        pictures: Path,
        *,
        scripts: bool = True,
    ) -> None:
        """Open a browser of one's own, with cookies of one's own, with or without scripts."""
        self.phone = language == "zh"
        self.context = browser.new_context(
            viewport=PHONE if self.phone else DESKTOP,
            locale=LOCALES[language],
            base_url=city.address,
            java_script_enabled=scripts,
        )
        self.page: Page = self.context.new_page()
        self.language = language
        self.pictures = pictures

    def picture(self, name: str) -> None:
        """Keep a picture of the page, and see that nothing runs out at the side."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is {wide} px wider than the screen"
        self.page.screenshot(path=self.pictures / f"{name}-{self.language}.png", full_page=True)

    def sign_in(self, username: str, one_time: str) -> None:
        """Sign in with a one-time password and choose one's own."""
        self.page.goto("/sign-in")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", one_time)
        self.submit()
        self.page.fill("[name=old]", one_time)
        self.page.fill("[name=new]", "four quiet words here")
        self.submit()

    def take(self, action: str, **given: str) -> None:
        """Open the form of a move, fill it in and send it."""
        form = self.page.locator(f"form[action$='/{action}']")
        if not form.is_visible():
            self.page.locator("details", has=form).locator("summary").click()
        for name, value in given.items():
            field = form.locator(f"[name={name}]").first
            kind = field.evaluate("each => each.type")
            if kind == "radio":
                form.locator(f"[name={name}][value='{value}']").check()
            elif kind == "select-one":
                field.select_option(value)
            else:
                field.fill(value)
        with self.page.expect_navigation():
            form.locator("button").click()

    def go(self, where: str) -> None:
        """Press the button of the filing form that leads there."""
        with self.page.expect_navigation():
            self.page.locator(f"button[name=go][value='{where}']").first.click()

    def submit(self, form: str = "main form") -> None:
        """Press the button of a form."""
        button = f"{form} button[type=submit], {form} button:not([type])"
        with self.page.expect_navigation():
            self.page.locator(button).first.click()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Give the folder for the pictures of a journey."""
    told = Path(os.environ.get("APPEALS_PICTURES", tmp_path))
    told.mkdir(parents=True, exist_ok=True)
    return told
