"""Every page in every shape, for every role that may see it: whole, and nothing failed."""

import itertools
import re
from collections.abc import Iterator

import pytest

from appeals.domain.people import Role
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.cast import CAST
from tests.faults.browser import NO_ANSWER, Answer
from tests.served.browser import ServedPerson
from tests.served.conftest import Figures, Served
from tests.served.facts import Facts, everybodys_facts, facts_of
from tests.served.routes import CITIZENS_OWN, FEWER, OTHER_STATUSES, PAGES
from tests.web.test_authorisation import may

NAME = re.compile(r"{(\w+)}")


def test_every_page_has_a_line_in_the_table(settings: Settings) -> None:
    answering = {
        rule.endpoint
        for rule in create_app(settings).url_map.iter_rules()
        if "GET" in (rule.methods or set())
    }
    missing, gone = answering - set(PAGES), set(PAGES) - answering
    assert not missing, f"tests/served/routes.py: add a line to PAGES for each of {sorted(missing)}"
    assert not gone, f"tests/served/routes.py: take the lines of {sorted(gone)} out of PAGES"


@pytest.mark.usefixtures("nothing_failed")
@pytest.mark.parametrize("role", [Role.CITIZEN, *CAST])
def test_every_page_opens_whole_for_who_may_see_it(
    served: Served, published: Figures, role: Role
) -> None:
    facts = {**everybodys_facts(served, published), **facts_of(served, role)}
    person = served.person(role)
    wrong = [
        f"{role.value} {address}: {problem}"
        for endpoint, address in addresses(role, facts)
        if (problem := problem_of(person, endpoint, address))
    ]
    assert wrong == []


def addresses(role: Role, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield each address of each endpoint that the role may open, the names in braces replaced."""
    for endpoint, shapes in PAGES.items():
        if not may(endpoint, role) or role not in FEWER.get(endpoint, {role}):
            continue
        for shape in shapes:
            names = NAME.findall(shape)
            if role is not Role.CITIZEN and CITIZENS_OWN.intersection(names):
                continue
            assert all(facts.get(name) for name in names), f"{shape}: nothing for {role.value}"
            for values in itertools.product(*(facts[name] for name in names)):
                yield endpoint, shape.format(**dict(zip(names, values, strict=True)))


def problem_of(person: ServedPerson, endpoint: str, address: str) -> str:
    """Return what is wrong with a page; nothing if it came whole with the right status."""
    try:
        answer = person.open(address).answer
    except NO_ANSWER as cut:
        return f"cut off: {cut!r}"
    if answer.status not in OTHER_STATUSES.get(endpoint, {200}):
        return f"status {answer.status}"
    return "" if is_whole(answer) else "neither a length nor chunks"


def is_whole(answer: Answer) -> bool:
    """Return whether an answer declared its length; reading it has checked that it came whole."""
    said = answer.headers.get("Content-Length")
    if said is None:
        return answer.headers.get("Transfer-Encoding") == "chunked"
    return int(said) == len(answer.body)
