"""A running city for the journeys: `appeals up` with web, worker and beat, and a browser."""

import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from appeals.act import Act
from appeals.casework.accounts import staff_accounts
from appeals.database import make_engine
from appeals.domain.people import SYSTEM, Role
from appeals.settings import Settings
from tests.conftest import SECRET, as_application, beside, create, drop, free_port
from tests.forked_commands import run_appeals
from tools.gallery.browser import DESKTOP, LOCALES, PHONE, chromium
from tools.gallery.city import start_up

_rooms = itertools.count(1)
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all journeys in one of xdist's processes, so that city and browser start once."""
    for item in items:
        if "city" in getattr(item, "fixturenames", ()) and item.path.parent == HERE:
            item.add_marker(pytest.mark.xdist_group("journeys"))


@dataclass
class JourneyCity:
    """A running city: its address, and how its commands are called."""

    address: str
    environment: dict[str, str]
    texts: list[dict[str, str]] = field(default_factory=list)
    """The text messages that the city's gateway was sent."""

    def command(self, *words: str) -> str:
        """Run `appeals …` beside the running city; return what it prints."""
        done = run_appeals(*words, environment=self.environment)
        done.check_returncode()
        return done.stdout.strip()

    def staff(self, name: str, role: str, department: str | None = None) -> str:
        """Add one of the staff; return the one-time password."""
        place = ("--department", department) if department else ()
        return self.command("staff", "add", name, "--role", role, *place).split()[-1]

    @contextmanager
    def act(self) -> Iterator[Act]:
        """Yield an act on the city's database: what a journey begins with is made by it."""
        read = Settings.from_environment(self.environment)
        engine = make_engine(read.database_url)
        try:
            with Session(engine) as session, session.begin():
                yield Act(session, SYSTEM, datetime.now(UTC), read.secret_key, self.address)
        finally:
            engine.dispose()


@contextmanager
def gateway(texts: list[dict[str, str]]) -> Iterator[str]:
    """Start a gateway that takes every text message; yield its address."""

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Gateway)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://:a-key@127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def city(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JourneyCity]:
    """Start the whole system on a database of its own, without the demo city.

    Its Redis number is its own too: its worker takes every message that it finds there.
    """
    name = f"{sa.make_url(settings.database_url).database}_journeys"
    create(settings.database_url, name, "template1")
    environment = {
        **os.environ,
        "APPEALS_DATABASE_URL": as_application(beside(settings.database_url, name)),
        "APPEALS_OWNER_DATABASE_URL": beside(settings.database_url, name),
        "APPEALS_REDIS_URL": next_number(settings.redis_url),
        "APPEALS_SECRET_KEY": SECRET,
        "APPEALS_DATA_DIR": str(tmp_path_factory.mktemp("city")),
    }
    texts: list[dict[str, str]] = []
    with gateway(texts) as sms:
        environment["APPEALS_SMS_URL"] = sms
        folder = Path(environment["APPEALS_DATA_DIR"])
        with start_up(folder, free_port(), environment, "--empty") as up:
            yield JourneyCity(up.address, environment, texts)
    drop(settings.database_url, name)


def next_number(url: str) -> str:
    """Return the address of the Redis number after this one."""
    server, number = url.rsplit("/", 1)
    return f"{server}/{int(number) + 1}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's own Chromium."""
    with chromium() as browser:
        yield browser


class JourneyDesk:
    """One person at one browser: a language, a width, and pictures of every step.

    Pictures are kept where `APPEALS_PICTURES` says, else in the test's own folder.
    """

    def __init__(
        self,
        browser: Browser,
        city: JourneyCity,
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
        self.scripts = scripts
        self.pictures = pictures

    def look(self, name: str) -> None:
        """Take a screenshot, and check accessibility."""
        self.picture(name if self.scripts else f"{name}-plain")
        if self.scripts:
            found = Axe().run(self.page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"

    def picture(self, name: str) -> None:
        """Take a screenshot, and check that the page is no wider than the screen."""
        self.page.wait_for_load_state()
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
            form.locator("button:not([name])").click()

    def go(self, where: str) -> None:
        """Press the button of the filing form that leads there."""
        with self.page.expect_navigation():
            self.page.locator(f"button[name=go][value='{where}']:not([aria-hidden])").first.click()

    def submit(self, form: str = "main form") -> None:
        """Press the button of a form."""
        button = f"{form} button[type=submit], {form} button:not([type])"
        with self.page.expect_navigation():
            self.page.locator(button).first.click()


@dataclass
class Room:
    """Where the people of one journey sit: one language, with scripts or without.

    `name` is no other room's: what is made for this one is called by it.
    """

    browser: Browser
    city: JourneyCity
    pictures: Path
    language: str
    scripts: bool
    desks: list[JourneyDesk] = field(default_factory=list)
    name: str = field(default_factory=lambda: f"room{next(_rooms)}")

    @property
    def kind(self) -> str:
        """Return what sort of room it is, in a word."""
        return f"{self.language}{'' if self.scripts else '-plain'}"

    def desk(self) -> JourneyDesk:
        """Open a browser of its own for one more person."""
        desk = JourneyDesk(
            self.browser, self.city, self.language, self.pictures, scripts=self.scripts
        )
        self.desks.append(desk)
        return desk

    def employ(self, name: str, role: Role, department: str | None = None) -> tuple[str, str]:
        """Add a member of staff; return the username and the one-time password."""
        username = f"{name.lower()}-{role.value}-{self.name}"
        with self.city.act() as act:
            return username, staff_accounts.add_staff(act, username, name, role, department)

    def employed(self, name: str, role: Role, department: str | None = None) -> JourneyDesk:
        """Add a member of staff; return the browser in which they are signed in."""
        desk = self.desk()
        desk.sign_in(*self.employ(name, role, department))
        return desk


@pytest.fixture(
    params=[("zh", True), ("en", True), ("zh", False)], ids=["zh", "en", "without-scripts"]
)
def room(
    request: pytest.FixtureRequest, browser: Browser, city: JourneyCity, pictures: Path
) -> Iterator[Room]:
    """Provide a room in Chinese on telephones, in English on desks, and one without scripts."""
    room = Room(browser, city, pictures, *request.param)
    yield room
    for desk in room.desks:
        desk.context.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Provide the folder for the pictures of a journey."""
    told = Path(os.environ.get("APPEALS_PICTURES", tmp_path))
    told.mkdir(parents=True, exist_ok=True)
    return told
