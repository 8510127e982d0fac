"""With Valkey killed or hung, an appeal is filed, followed, worked and closed (Reliability R7)."""

import pytest

from appeals.domain.lifecycle import MoveRule
from appeals.domain.people import CENTRE, Role
from appeals.domain.states import State
from tests.factories import given_for, path_to
from tests.faults.browser import Answer, Browser
from tests.faults.filer import SEE_OTHER, Person
from tests.faults.harness import City
from tests.faults.verdict import ClientLog

pytestmark = [pytest.mark.thorough, pytest.mark.xdist_group("faults")]

STOPPED = {"killed": City.without_valkey, "hung": City.with_hung_valkey}
DEPARTMENT = "370202-cg"
WORKERS = {
    Role.OPERATOR: (),
    Role.DISPATCHER: (),
    Role.OFFICER: ("--department", DEPARTMENT),
}
OWN = "four quiet words here"


@pytest.mark.parametrize("how", STOPPED)
def test_a_whole_life_is_lived_without_valkey(city: City, log: ClientLog, how: str) -> None:
    one_time = {role: added(city, role, how) for role in WORKERS}
    sent_again = log.unanswered
    with STOPPED[how](city):
        citizen = Person(f"without-{how}", city.addresses, log, 1)
        mark = citizen.file()
        number = log.receipts[mark]
        assert followed(city, citizen, number).status == 200
        staff = {role: signed_in(city, role, how, one_time[role]) for role in WORKERS}
        for move in path_to(State.CLOSED):
            role = next(role for role in WORKERS if role in move.by)
            assert taken(city, staff[role], role, number, move).status == SEE_OTHER
    assert (log.odd, log.unanswered) == ([], sent_again)


def added(city: City, role: Role, how: str) -> str:
    """Add one of the staff and give the one-time password."""
    name = f"{role.value}-{how}"
    return city.command("staff", "add", name, "--role", role.value, *WORKERS[role]).stdout.strip()


def followed(city: City, citizen: Person, number: str) -> Answer:
    """Look the appeal up with its number and code, in a browser that has not seen it."""
    at = city.addresses[0]
    code = citizen.browser.get(f"{at}/appeals/receipt").marked("query-code")
    browser = Browser()
    page = browser.get(f"{at}/appeals/follow")
    known = browser.post(f"{at}/appeals/follow", {**page.hidden, "number": number, "code": code})
    assert known.status == SEE_OTHER
    return browser.get(f"{at}/appeals/{number}")


def signed_in(city: City, role: Role, how: str, one_time: str) -> Browser:
    """Sign in with the one-time password and choose one's own."""
    browser, at = Browser(), city.addresses[0]
    name = {"username": f"{role.value}-{how}", "password": one_time}
    browser.post(f"{at}/sign-in", {**browser.get(f"{at}/sign-in").hidden, **name})
    both = {"old": one_time, "new": OWN}
    changed = browser.post(f"{at}/account", {**browser.get(f"{at}/account").hidden, **both})
    assert changed.status < 400
    return browser


def taken(city: City, browser: Browser, role: Role, number: str, move: MoveRule) -> Answer:
    """Open the case page and press one of its buttons."""
    place = "centre" if role in CENTRE else "desk"
    page = f"{city.addresses[0]}/{place}/appeals/{number}"
    given = given_for(move)
    if "department" in given:
        given["department"] = DEPARTMENT
    return browser.post(f"{page}/{move.action.value}", {**browser.get(page).hidden, **given})
