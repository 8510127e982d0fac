"""Canaries: words and contacts of hidden appeals are found nowhere by who may not see them.

More than two hundred made-up ones, in appeals that are restricted, confidential, or neither but not
published. Each is found by who may see it, else the search would prove nothing.
"""

import io
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import redis
import sqlalchemy as sa
from pypdfium2 import PdfDocument

from appeals.cases.driver import MoveRequest
from appeals.casework.handling.bulk_writing import BulkWriter, History
from appeals.casework.handling.filing import file_appeal
from appeals.domain.people import STRANGER, Role
from appeals.domain.states import Action, State
from appeals.models.staff import RestrictedPermission
from appeals.settings import Settings
from tests.cast import CAST, DISPATCHER, WATER, shanghai
from tests.factories import a_filing, actor_for, given_for, path_to, played
from tests.faults.browser import Answer
from tests.restricted import CONDUCT, add_conduct, permitted
from tests.served.city import AGO, STEP
from tests.served.conftest import (
    Figures,
    Served,
    publish_months,
    publish_period,
    serving,
    wait_for_files,
)
from tests.served.facts import everybodys_facts, facts_of
from tests.served.test_pages import addresses

pytestmark = pytest.mark.xdist_group("canaries")
MONTH = "2026-01"
BEGAN = shanghai("2026-01-05 09:00")
OF_A_KIND = 20
HELD = (State.FILED, State.ACCEPTED, State.DISPATCHED, State.IN_HAND, State.CLOSED)
"""Where the appeals of today are left, in turn; those of January are closed."""
FEWEST = 200
REDIS_NUMBER = 0
"""No other tests use it: a worker takes every message that it finds there."""
SECONDS_TO_COUNT = 180
SEARCHES = ("/search?", "/search/appeals.csv?", "/desk/?", "/admin/access-log/?number=x&")
STARTS = (
    "canary",
    "canary-restricted",
    "canary-confidential",
    "canary-unpublished",
    "Canaria",
    "1390",
)
"""Beginnings that all canaries have: a search that takes them finds many at once."""
SHORT = {"month", "later_month", "figure", "filter", "table", "queue", "error", "measure"}
"""Names in braces of which a few values tell."""


@dataclass(frozen=True)
class Hidden:
    """One appeal with its canaries."""

    kind: str
    n: int
    number: str

    @property
    def words(self) -> tuple[str, str]:
        """Return what stands in its subject and in its text."""
        return f"canary-{self.kind}-subject-{self.n:03}x", f"canary-{self.kind}-text-{self.n:03}x"

    @property
    def contact(self) -> tuple[str, str]:
        """Return the name and the telephone."""
        first = {"restricted": 1, "confidential": 2, "unpublished": 3}[self.kind]
        return f"Canaria{self.kind.title()}{self.n:03}", f"1390{first}77{self.n:04}"


def facts_for(hidden: Hidden) -> dict[str, object]:
    """Return what is filed."""
    subject, detail = hidden.words
    name, phone = hidden.contact
    said = {"subject": subject, "detail": detail, "contact_name": name, "contact_phone": phone}
    told: dict[str, object] = {**said, "contact_email": "", "publish": False}
    if hidden.kind == "restricted":
        return {**told, "category": CONDUCT, "complained_department": WATER}
    return {**told, "confidential": hidden.kind == "confidential"}


@pytest.fixture(scope="module")
def served(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Start a server for the canaries alone: other tests expect a city without them."""
    with serving(settings, tmp_path_factory.mktemp("canaries"), REDIS_NUMBER) as running:
        yield running


@pytest.fixture(scope="module")
def published(served: Served) -> Figures:
    """Publish February and March in this city; return the figures of March."""
    return publish_months(served)


@pytest.fixture(scope="module")
def hidden(served: Served) -> list[Hidden]:
    """File them: half lead whole lives in January, half are filed today, step by step."""
    kinds = ("restricted", "confidential", "unpublished")
    made = [Hidden(kind, n, "") for kind in kinds for n in range(OF_A_KIND)]
    with served.city.act(BEGAN) as act:
        add_conduct(act)
        bulk = BulkWriter(act)
        bulk.write_histories(
            [
                bulk.play_history(life_of(each, BEGAN + timedelta(hours=each.n)))
                for each in made[::2]
            ]
        )
    for each in made[1::2]:
        with served.city.act(datetime.now(UTC) - AGO) as act:
            filed = file_appeal(
                act.by(STRANGER), a_filing(**facts_for(each)), f"canary {each}"
            ).appeal
            for step, move in enumerate(path_to(HELD[each.n % len(HELD)]), start=1):
                played(act.later(step * STEP), filed, move.action)
    numbers = sa.text("SELECT subject, number FROM appeal JOIN statement ON appeal_id = id")
    with served.engine.connect() as connection:
        known = {row.subject: row.number for row in connection.execute(numbers)}
    return [Hidden(each.kind, each.n, known[each.words[0]]) for each in made]


def life_of(each: Hidden, at: datetime) -> History:
    """Return a life up to its closing, in a day."""
    steps = [
        MoveRequest(move.action, given_for(move), at + timedelta(hours=n), actor_for(move))
        for n, move in enumerate(path_to(State.CLOSED), start=1)
    ]
    return History(a_filing(**facts_for(each)), MoveRequest(Action.FILE, {}, at, STRANGER), steps)


def forbidden(role: Role, hidden: list[Hidden]) -> set[str]:
    """Return the canaries that a role without the permission may find nowhere by itself.

    A contact is shown by a form alone, for a reason; no page has it.
    """
    found = {text for each in hidden for text in each.contact}
    for each in hidden:
        unseen = {
            "restricted": True,
            "confidential": role in {Role.CITIZEN, Role.ADMINISTRATOR},
            "unpublished": role is Role.CITIZEN,
        }[each.kind]
        found |= set(each.words) if unseen else set()
    return found


def text_of(answer: Answer) -> str:
    """Return all that can be read in an answer: a page, a file of a spreadsheet, a PDF."""
    if answer.body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
            return "".join(packed.read(name).decode(errors="ignore") for name in packed.namelist())
    if answer.body[:4] == b"%PDF":
        document = PdfDocument(answer.body)
        return "".join(page.get_textpage().get_text_range() for page in document)
    return answer.body.decode(errors="ignore")


def pages_of(
    served: Served, published: Figures, role: Role, hidden: list[Hidden]
) -> Iterator[tuple[str, str]]:
    """Yield each page and download of a role with its text, and those that name a hidden appeal."""
    person = served.person(role)
    known = {**everybodys_facts(served, published), **facts_of(served, role)}
    known |= {name: [*known[name]][:2] for name in SHORT}
    known["month"] = [MONTH, *known["month"]]
    for _endpoint, address in addresses(role, known):
        yield address, text_of(person.open(address).answer)
    for address, typed in asked_by_hand(hidden):
        yield address, text_of(person.open(address).answer).replace(typed, "")


def asked_by_hand(hidden: list[Hidden]) -> Iterator[tuple[str, str]]:
    """Yield addresses that name hidden appeals, and searches, with what a field then keeps."""
    for each in one_of_each(hidden):
        for at in ("/centre/appeals/", "/desk/appeals/", "/admin/reports/appeals/", "/appeals/"):
            yield f"{at}{each.number}", ""
            yield f"{at}{each.number}/print", ""
        for word in (*each.words, *each.contact, each.number):
            for at in SEARCHES:
                yield at + urlencode({"q": word, "staff": word}), word
    for start in STARTS:  # is no canary itself: it may stand in the field
        for at in SEARCHES:
            yield at + urlencode({"q": start, "staff": start}), ""


def one_of_each(hidden: list[Hidden]) -> list[Hidden]:
    """Return one of each kind and state: another of the same is refused by the same rules."""
    one = {(each.kind, each.n % 2, each.n % 2 and each.n % len(HELD)): each for each in hidden}
    assert len(one) == len({each.kind for each in hidden}) * (1 + len(HELD))
    return [*one.values()]


@pytest.mark.usefixtures("nothing_failed")
def test_no_canary_is_found_by_who_may_not_see_it(
    served: Served, published: Figures, hidden: list[Hidden]
) -> None:
    assert len({text for each in hidden for text in (*each.words, *each.contact)}) >= FEWEST
    wait_until_counted(served)
    publish_period(served.person(Role.ADMINISTRATOR), MONTH)
    wait_for_files(served.person(Role.CITIZEN), MONTH)
    leaks: list[str] = []
    for role in (Role.CITIZEN, *CAST):
        canaries = re.compile("|".join(map(re.escape, forbidden(role, hidden))))
        for address, text in pages_of(served, published, role, hidden):
            if found := canaries.search(text):
                leaks.append(f"{role.value} {address}: {found[0]}")
    assert leaks == []
    assert_found_by_who_may_see(served, hidden)


def wait_until_counted(served: Served) -> None:
    """Wait until the worker has counted January anew: a draft that was read must not change."""
    marked = sa.text("SELECT count(*) FROM dirty_month WHERE month = '2026-01-01'")
    last = time.monotonic() + SECONDS_TO_COUNT
    while True:
        with served.engine.connect() as connection:
            if not connection.scalar(marked):
                return
        assert time.monotonic() < last
        time.sleep(0.2)


def assert_found_by_who_may_see(served: Served, hidden: list[Hidden]) -> None:
    """With the permission a dispatcher finds the words of all, and by the form the contacts."""
    with served.city.act(datetime.now(UTC)) as act:
        permitted(act, DISPATCHER)
    person = served.person(Role.DISPATCHER)
    missing = []
    for each in hidden:
        page = person.open(f"/centre/appeals/{each.number}")
        shown = person.send(page, "/show-contact", {"reason": "call"})
        texts = page.answer.text, shown.answer.text
        missing += [text for text in each.words if text not in texts[0]]
        missing += [text for text in each.contact if text not in texts[1] or text in texts[0]]
    with served.city.act(datetime.now(UTC)) as act:
        ended = sa.update(RestrictedPermission).values(ended_at=act.now, ended_by=1)
        is_theirs = RestrictedPermission.staff_id == DISPATCHER.staff_id
        act.session.execute(ended.where(is_theirs, RestrictedPermission.ended_at.is_(None)))
    assert missing == []


def test_no_canary_stands_in_logs_caches_or_metrics(served: Served, hidden: list[Hidden]) -> None:
    texts: Mapping[str, str] = {
        **{str(path): path.read_text(errors="ignore") for path in list_logs(served)},
        "caches": read_caches(served),
        "metrics": served.person(Role.CITIZEN).open("/metrics").answer.text,
    }
    assert "answered" in "".join(texts.values())
    canaries = {text for each in hidden for text in (*each.words, *each.contact)}
    found = [(name, text) for name, said in texts.items() for text in canaries if text in said]
    assert found == []


def list_logs(served: Served) -> list[Path]:
    return [each for each in served.log.parent.rglob("*.log") if each.is_file()]


def read_caches(served: Served) -> str:
    """Return all that the caches hold, as it can be read."""
    with redis.Redis.from_url(served.city.settings.redis_url) as store:
        return "".join(repr((key, store.dump(key))) for key in store.scan_iter())


def test_notices_about_restricted_appeals_name_nobody_and_go_to_the_citizen_alone(
    served: Served, hidden: list[Hidden]
) -> None:
    """Nobody in the city has the permission when they are written."""
    numbers = {each.number: each for each in hidden if each.kind == "restricted"}
    with served.city.act(datetime.now(UTC)) as act:
        rows = act.session.execute(
            sa.text(
                "SELECT number, recipient, subject || body AS said FROM notice "
                "JOIN appeal ON appeal.id = appeal_id WHERE restricted"
            )
        ).all()
    assert rows
    for row in rows:
        each = numbers[row.number]
        assert row.recipient == each.contact[1]
        assert not any(text in row.said for text in (*each.words, *each.contact))
