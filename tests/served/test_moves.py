"""Every move that the rules know: its form found on a case page, sent, and written."""

import re
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.domain.lifecycle import MOVES
from appeals.domain.people import DEPARTMENT, Role
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal, Move
from tests.cast import CAST
from tests.photos import jpeg
from tests.served.browser import Form, Person, Visit
from tests.served.conftest import Served

MAKING_MOVES = {"desk.move", "centre.move", "citizen.take"}
"""The endpoints of moves, whose forms need no lines in `forms.py`."""
ROUNDS = 10
"""So many appeals begin in each state: one for each way that leads on from there."""
CASE_PAGES = {Role.CITIZEN: "/appeals"} | {
    role: "/desk/appeals" if role in DEPARTMENT else "/centre/appeals"
    for role in CAST
    if role is not Role.ADMINISTRATOR
}
TYPED = {"textarea": "已与施工单位核实。", "text": "已与施工单位核实。", "number": "3"}
"""What is typed into an empty field of each kind; others stay empty."""
KIND_ALONE = {"category": "", "district": "", "street": "", "urgent": ""}
GIVEN = {
    (Action.AMEND, Role.DISPATCHER): {**KIND_ALONE, "kind": "help"},
    (Action.AMEND, Role.SUPERVISOR): {**KIND_ALONE, "kind": "praise"},
}
"""What a form is given where the first of each choice does not go together, or changes nothing."""
ERROR = re.compile(r'<a href="#[^"]+">([^<]+)</a></li>')
BY_PEOPLE = {
    (move.action, role) for move in MOVES for role in move.by if role in CASE_PAGES and move.start
}
UNREACHED: set[tuple[Action, Role]] = set()
"""Moves whose form no appeal of these shows; each with the reason."""


@pytest.mark.usefixtures("nothing_failed")
def test_every_move_is_made_by_its_form(served: Served) -> None:
    made: set[tuple[Action, Role]] = set()
    for _ in range(ROUNDS):
        before = len(made)
        for state in State:
            move_on(served, state, made)
        if len(made) == before:
            break
    assert {f"{a.value} by {role.value}" for a, role in BY_PEOPLE - made - UNREACHED} == set()


def move_on(served: Served, state: State, made: set[tuple[Action, Role]]) -> None:
    """File an appeal, bring it to a state, and make every move that was not made before."""
    receipt = served.city.file_appeal_in(state)
    citizen = served.person(Role.CITIZEN)
    follow = citizen.open("/appeals/follow")
    citizen.send(follow, "/follow", {"number": receipt.number, "code": receipt.code})
    role: Role | None = Role.CITIZEN
    while role is not None:
        role = next(
            (each for each in CASE_PAGES if make_one(served, each, receipt.number, made)), None
        )


def make_one(served: Served, role: Role, number: str, made: set[tuple[Action, Role]]) -> bool:
    """Send the first form of a move on the role's case page that was not sent before."""
    person = served.person(role)
    page = person.open(f"{CASE_PAGES[role]}/{number}")
    for form in page.forms:
        last = page.target(form).rsplit("/", 1)[-1]
        if last not in set(Action) or (Action(last), role) in made:
            continue
        action = Action(last)
        following = fill_in(person, page, form, GIVEN.get((action, role), {}))
        status, errors = following.answer.status, ERROR.findall(following.answer.text)
        assert status == 200, f"{action.value} by {role.value}: {status} {errors}"
        assert last_move(served, number) is action
        made.add((action, role))
        return True
    return False


def fill_in(person: Person, page: Visit, form: Form, own: Mapping[str, str]) -> Visit:
    """Choose the first of what can be chosen, say something, add a photo, and send the form."""
    chosen = {
        name: next(filter(None, values))
        for name, values in form.choices.items()
        if not form.fields.get(name)
    }
    said = {
        name: TYPED[kind]
        for name, kind in form.typed.items()
        if kind in TYPED and not form.fields[name]
    }
    photos = {each: [("lamp.jpg", jpeg(3))] for each in form.files}
    return person.send(page, page.target(form), {**chosen, **said, **own}, photos)


def last_move(served: Served, number: str) -> Action:
    """Return the action of an appeal's last move."""
    newest = (
        select(Move.action)
        .join(Appeal, Appeal.id == Move.appeal_id)
        .where(Appeal.number == number)
        .order_by(Move.seq.desc())
        .limit(1)
    )
    with Session(served.engine) as session:
        return session.scalars(newest).one()
