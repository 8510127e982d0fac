"""Every form, sent once from its page with the page's own token; what it did is seen next."""

import re

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.casework.following.telephone_codes import derive_code
from appeals.domain.people import Role
from appeals.models.citizen import TelephoneCode
from appeals.settings import Settings
from appeals.web.app import create_app
from tests.conftest import SECRET
from tests.served.browser import ServedPerson, Visit
from tests.served.conftest import BEING_COUNTED, Served
from tests.served.forms import FORMS
from tests.served.sending import Sending
from tests.served.test_moves import MAKING_MOVES

NAME = re.compile(r"{(\w+)}")


def test_every_form_has_a_line_in_the_table(settings: Settings) -> None:
    taking = {
        rule.endpoint
        for rule in create_app(settings).url_map.iter_rules()
        if "POST" in (rule.methods or set())
    }
    lines = {endpoint for endpoint, _ in FORMS} | MAKING_MOVES
    missing, gone = taking - lines, lines - taking
    assert not missing, f"tests/served/forms.py: add a line to FORMS for each of {sorted(missing)}"
    assert not gone, f"tests/served/forms.py: take the lines of {sorted(gone)} out of FORMS"


@pytest.mark.usefixtures("nothing_failed")
def test_every_form_does_what_the_following_page_shows(served: Served) -> None:
    people: dict[Role | str, ServedPerson] = {}
    known = {state.value: receipt.number for state, receipt in served.city.today.items()}
    known |= {f"{state.value}_code": each.code for state, each in served.city.today.items()}
    known |= served.city.tokens
    for endpoint, sending in FORMS:
        if sending.by not in people:
            people[sending.by] = ServedPerson(served.address)
            if isinstance(sending.by, Role) and sending.by is not Role.CITIZEN:
                served.sign_in(people[sending.by], sending.by)
        known |= codes_of_telephones(served)
        page = send_line(people[sending.by], sending, known)
        people[sending.by].wait_while(page, BEING_COUNTED)
        assert page.answer.status == 200, f"{endpoint}: {page.answer.status} at {page.address}"
        assert fill_names(sending.seen, known) in page.answer.text, f"{endpoint}: {page.address}"
        assert fill_names(sending.gone, known) not in page.answer.text, (
            f"{endpoint}: {page.address}"
        )
        if sending.remember is not None:
            found = sending.remember.search(page.answer.text)
            assert found, f"{endpoint}: {page.address}"
            known |= found.groupdict()


def codes_of_telephones(served: Served) -> dict[str, str]:
    """Return the newest code that a text message brings, if one was asked for."""
    with Session(served.engine) as session:
        row = session.scalar(select(TelephoneCode).order_by(TelephoneCode.id.desc()).limit(1))
        return {"code_of_telephone": derive_code(SECRET.encode(), row)} if row else {}


def send_line(person: ServedPerson, sending: Sending, known: dict[str, str]) -> Visit:
    """Send the form of a line from its page, and where it has a preview, the preview's."""
    if "secret" in known:
        known["code_of_app"] = pyotp.TOTP(known["secret"].replace(" ", "")).now()
    given = {name: fill_names(value, known) for name, value in sending.given.items()}
    to = fill_names(sending.to, known)
    page = person.send(person.open(fill_names(sending.page, known)), to, given)
    return person.send(page, to, {"confirmed": "yes"}) if sending.confirm else page


def fill_names(text: str, known: dict[str, str]) -> str:
    """Return a text with the names in braces replaced; braces of other kinds stay."""
    return NAME.sub(lambda name: known.get(name[1], name[0]), text)
