"""Every move that the rules know: its form found on a case page, sent, and written."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.domain.lifecycle import MOVES
from appeals.domain.people import CENTRE, DEPARTMENT, Role
from appeals.domain.states import Action, State
from appeals.models.appeal import Appeal, Move
from appeals.web.shared.bot_detection import TRAP_FIELD
from tests.cast import CAST
from tests.photos import jpeg
from tests.served.browser import Form, ServedPerson, Visit
from tests.served.city import CITIZENS_PHONE
from tests.served.conftest import Served

MAKING_MOVES = {
    "desk.move", "centre.move", "centre.for_caller", "citizen.take", "citizen.change_contact",
}  # fmt: skip
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
KIND_ALONE = dict.fromkeys(
    ("category", "district", "street", "urgent", "complained_department"), ""
)
GIVEN = {
    (Action.ASK_EXTENSION, Role.LEADER): {"days": "3"},
    (Action.AMEND, Role.DISPATCHER): {**KIND_ALONE, "kind": "help"},
    (Action.AMEND, Role.SUPERVISOR): {**KIND_ALONE, "kind": "praise"},
    **{(Action.CHANGE_CONTACT, role): {"contact_name": f"王 {role.value}"} for role in CENTRE},
}
"""What a form is given where the first of each choice does not go together, or changes nothing."""
FOR_CALLER = {
    "calling_number": CITIZENS_PHONE, "query_code": "", "contact_phone": "", "contact_email": "",
}  # fmt: skip
"""What the form for a caller is given beside its words."""
BY_BUTTON: dict[str, tuple[Mapping[str, str], Mapping[str, Action]]] = {
    "for-caller": (FOR_CALLER, {each.value: each for each in Action}),
    "first-contact": ({}, {"reached": Action.CONTACT, "no_message": Action.TRY_CONTACT}),
}
"""By the end of a form's address: what it is given, and the move of each of its buttons."""
ERROR = re.compile(r'<a href="#[^"]+">([^<]+)</a></li>')
Made = tuple[Action, Role]
ASKED_AGAIN: dict[Action, Made] = {
    Action.ASK_EXTENSION: (Action.REFUSE_EXTENSION, Role.SUPERVISOR),
    Action.SAY_NOT_SOLVED: (Action.REFUSE_REHANDLING, Role.SUPERVISOR),
}
"""What is asked once more, so that it can be refused as well as granted."""
BY_PEOPLE: dict[Made, frozenset[State]] = {
    (move.action, role): frozenset(move.start)
    for move in MOVES
    for role in move.by
    if role in CASE_PAGES and move.start
}
"""The moves of people, and the states from which each leads on."""


@pytest.mark.usefixtures("nothing_failed")
def test_every_move_is_made_by_its_form(served: Served) -> None:
    sent: dict[Made, str] = {}
    for _ in range(ROUNDS):
        for state in State:
            if any(state in BY_PEOPLE[each] for each in BY_PEOPLE.keys() - sent):
                move_on(served, state, sent)
    assert [problem for problem in sent.values() if problem] == []
    assert {f"{action.value} by {role.value}" for action, role in BY_PEOPLE.keys() - sent} == set()


def move_on(served: Served, state: State, sent: dict[Made, str]) -> None:
    """File an appeal, bring it to a state, and make every move that was not made before."""
    receipt = served.city.file_appeal_in(state)
    citizen = served.person(Role.CITIZEN)
    code = {"number": receipt.number, "code": receipt.code}
    citizen.send(citizen.open("/appeals/follow"), "/follow", code)
    while any(make_one(served, role, receipt.number, sent) for role in CASE_PAGES):
        pass


def make_one(served: Served, role: Role, number: str, sent: dict[Made, str]) -> bool:
    """Send the first form of a move on the role's case page that is still to be sent."""
    missing = BY_PEOPLE.keys() - sent
    if not any(is_wanted(each, missing) for each in BY_PEOPLE if each[1] is role):
        return False
    person = served.person(role)
    for page, form, action, own in find_moves_on_pages(person, f"{CASE_PAGES[role]}/{number}"):
        if not is_wanted((action, role), missing):
            continue
        given = {**own, **GIVEN.get((action, role), {})}
        answer = fill_in(person, page, form, given).answer
        is_made = answer.status == 200 and last_move(served, number) is action
        said = f"{action.value} by {role.value}: {answer.status} {ERROR.findall(answer.text)}"
        sent[action, role] = "" if is_made else said
        return True
    return False


def find_moves_on_pages(
    person: ServedPerson, address: str
) -> Iterator[tuple[Visit, Form, Action, dict[str, str]]]:
    """Yield the moves of a case page, then those of the page of the first contact."""
    page = person.open(address)
    for found in find_moves(page):
        yield page, *found
    if "/first-contact" in page.answer.text:
        calls = person.open(f"{address}/first-contact")
        for found in find_moves(calls):
            yield calls, *found


def find_moves(page: Visit) -> Iterator[tuple[Form, Action, dict[str, str]]]:
    """Yield each form of a move with its action; those of calls have one button a move."""
    for form in page.forms:
        last = page.target(form).rsplit("/", 1)[-1]
        if last in set(Action):
            yield form, Action(last), {}
        given, actions = BY_BUTTON.get(last, ({}, {}))
        for name, value in form.buttons:
            if value in actions:
                yield form, actions[value], {**given, name: value}


def is_wanted(made: Made, missing: AbstractSet[Made]) -> bool:
    """Return whether a move is still to be made, or asks for one that is."""
    return made in missing or ASKED_AGAIN.get(made[0]) in missing


def fill_in(person: ServedPerson, page: Visit, form: Form, own: Mapping[str, str]) -> Visit:
    """Choose the first of what can be chosen, say something, add a photo, and send the form."""
    chosen = {
        name: next(filter(None, values))
        for name, values in form.choices.items()
        if not form.fields.get(name)
    }
    said = {
        name: TYPED[kind]
        for name, kind in form.typed.items()
        if kind in TYPED and not form.fields[name] and name != TRAP_FIELD  # nobody sees that one
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
