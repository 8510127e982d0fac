"""The real server on the real engines: gunicorn, worker and beat of `appeals up`, started once."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from appeals.database import make_engine
from appeals.domain.people import Role
from appeals.reporting.formats.edition_files import FORMATS
from appeals.settings import Settings
from tests.cast import CAST
from tests.conftest import SECRET, as_application, beside, create, drop, free_port
from tests.published import PUBLIC
from tests.served import city as cities
from tests.served.browser import ServedPerson
from tests.served.city import EARLIER, MONTH, PASSWORD, ServedCity
from tools.gallery.city import start_up

Figures = list[dict[str, str | int]]
"""The figures of an edition as its JSON file gives them."""
FAILED = re.compile(r'Traceback|"level": "(error|critical)"|"status": 5')
"""What a line of the log has where something failed."""
SHOWN = '"endpoint": "components.error"'
"""The page that shows administrators how errors look."""
SECONDS_TO_MAKE = 300
"""For the files of an edition, on a busy machine."""
REDIS_NUMBER = 15
"""No other tests use it: a worker takes every message that it finds there."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all that asks this server in one of xdist's processes, so that it starts once."""
    for item in items:
        shares = "served" in getattr(item, "fixturenames", ())
        if shares and not item.get_closest_marker("xdist_group"):  # the canaries have a server
            item.add_marker(pytest.mark.xdist_group("served"))


@dataclass
class Served:
    """The running server, the city behind it, and the browsers of its people."""

    address: str
    log: Path
    city: ServedCity

    def __post_init__(self) -> None:
        """Nobody has signed in yet."""
        self._people: dict[Role, ServedPerson] = {}
        self.engine = make_engine(self.city.settings.database_url)

    def person(self, role: Role) -> ServedPerson:
        """Return the browser of a role: of one of the staff, signed in, or of a stranger."""
        if role not in self._people:
            person = ServedPerson(self.address)
            if role is not Role.CITIZEN:
                self.sign_in(person, role)
            self._people[role] = person
        return self._people[role]

    def sign_in(self, person: ServedPerson, role: Role) -> None:
        """Sign in at this browser as the one of the cast who has the role."""
        actor = CAST[role]
        page = person.sign_in(f"{role.value}{actor.staff_id}", PASSWORD)
        assert page.answer.status == 200, page.address


@pytest.fixture(scope="session")
def served(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start `appeals up` on a database of its own with the city in it."""
    with serving(settings, tmp_path_factory.mktemp("served"), REDIS_NUMBER) as running:
        yield running


class Gateway(BaseHTTPRequestHandler):
    """A gateway that accepts every text message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""


@contextmanager
def serving(settings: Settings, folder: Path, redis_number: int) -> Iterator[Served]:
    """Start `appeals up` on a new database named after the folder; stop it in the end."""
    database = str(sa.make_url(settings.database_url).database)
    name, template = f"{database}_{folder.name}", database.rsplit("_", 1)[0]
    create(settings.database_url, name, template)
    own = settings.model_copy(
        update={
            "database_url": beside(settings.database_url, name),
            "redis_url": f"{settings.redis_url.rsplit('/', 1)[0]}/{redis_number}",
            "data_dir": folder,
            "port": free_port(),
        }
    )
    city = cities.build_city(own)
    post = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    post.start()
    gateway = HTTPServer(("127.0.0.1", 0), Gateway)
    Thread(target=gateway.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "APPEALS_DATABASE_URL": as_application(own.database_url),
        "APPEALS_OWNER_DATABASE_URL": own.database_url,
        "APPEALS_REDIS_URL": own.redis_url,
        "APPEALS_SECRET_KEY": SECRET,
        "APPEALS_SECURITY_CONTACT": "mailto:security@city.example",
        "APPEALS_SMS_URL": f"http://:a-key@127.0.0.1:{gateway.server_port}/",
        "APPEALS_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
    }
    with start_up(own.data_dir, own.port, environment, "--empty") as up:
        running = Served(up.address, own.data_dir / "up.log", city)
        yield running
        running.engine.dispose()
    post.stop()
    gateway.shutdown()
    gateway.server_close()
    drop(settings.database_url, name)


@pytest.fixture(scope="session")
def published(served: Served) -> Figures:
    """Publish February and March by the forms of their pages; return the figures of March."""
    return publish_months(served)


def publish_months(served: Served) -> Figures:
    """Publish February and March by the forms of their pages; return the figures of March."""
    for month in (EARLIER, MONTH):
        publish_period(served.person(Role.ADMINISTRATOR), month)
        wait_for_files(served.person(Role.CITIZEN), month)
    answer = served.person(Role.CITIZEN).open(f"/public/reports/{MONTH}.json").answer
    found: Figures = json.loads(answer.text)["figures"]
    return found


BEING_COUNTED = "data-anew-from="
"""What the page of a period has while the worker counts it."""


def publish_period(person: ServedPerson, period: str) -> None:
    """Compile, comment, review and publish a period."""
    address = f"/admin/reports/{period}"
    page = person.wait_while(person.send(person.open(address), "/compile"), BEING_COUNTED)
    page = person.send(page, "/comment", {"words": "请核对退单。"})
    assert "请核对退单。" in page.answer.text
    assert person.send(page, "/review").answer.status == 200
    page = person.send(person.open(f"{address}/publish"), "/publish")
    assert (page.answer.status, page.address) == (200, person.home + address)


def wait_for_files(person: ServedPerson, period: str) -> None:
    """Ask for every file of an edition until the worker has made it."""
    last = time.monotonic() + SECONDS_TO_MAKE
    for form, made in FORMATS.items():
        for language in made.languages:
            address = f"{PUBLIC[language or 'zh']}/reports/{period}.{form}"
            while person.open(address).answer.status != HTTPStatus.OK:
                assert time.monotonic() < last, address
                time.sleep(0.2)


@pytest.fixture
def nothing_failed(served: Served) -> Iterator[None]:
    """See that nothing failed in the server, the worker or beat while the test ran."""
    before = served.log.stat().st_size
    yield
    with served.log.open() as log:
        log.seek(before)
        assert [line for line in log if FAILED.search(line) and SHOWN not in line] == []
