"""Appeals for tests, made through the front door: filed, and moved by the shortest path."""

import itertools
import secrets
from collections import deque
from dataclasses import asdict
from datetime import datetime, timedelta

from appeals.act import Act
from appeals.casework.erasure.erasure import RecordedErasure, erasure_mac
from appeals.casework.handling import filing
from appeals.casework.handling.filing import Receipt
from appeals.casework.handling.moves import make_move
from appeals.domain.filing import Filing
from appeals.domain.lifecycle import MOVES, MoveRule
from appeals.domain.moves.needs import NEEDS, Input
from appeals.domain.people import STRANGER, SYSTEM, Actor, Role
from appeals.domain.states import Action, State
from appeals.domain.vocabulary import ErasedBy, Kind
from appeals.models.appeal import Appeal
from appeals.models.erasure import Erasure
from tests.cast import CAST, ROADS

_keys = itertools.count()
RUN = secrets.token_hex(4)
"""Keeps forms of this run apart from those in archives that are restored."""
CALLER = {"channel": "phone", "recognised_by": "kept_number"}
"""The facts of a move that the centre makes for a caller."""
PLAIN: dict[Action, dict[str, str]] = {
    Action.FOLLOW_UP: {"solved": "yes"},
    Action.NEW_CODE: CALLER,
    Action.ENQUIRE: CALLER,
}
"""What a move is given where its needs alone do not say it."""


def a_filing(**facts: object) -> Filing:
    """Give a filing of a noise complaint in Shinan, with `facts` in place of the usual."""
    usual: dict[str, object] = {
        "kind": Kind.COMPLAINT,
        "category": "urban.noise",
        "subject": "夜间施工噪音",
        "detail": "工地每天夜里十一点以后还在施工。",
        "district": "370202",
        "street": "370202001",
        "contact_email": "wang@example.org",
    }
    return Filing(**{**usual, **facts})  # type: ignore[arg-type]  # the names are the fields' own


def file_appeal(act: Act, **facts: object) -> Receipt:
    """File as a citizen, with a form key of its own."""
    return filing.file_appeal(act.by(STRANGER), a_filing(**facts), f"form {RUN} {next(_keys)}")


def given_for(move: MoveRule, **more: str) -> dict[str, str]:
    """Give plausible values for everything the move needs."""
    given = {**PLAIN.get(move.action, {})}
    for need in move.fields:
        if not need.required:
            continue
        if need.choices is not None:
            given[need.name] = next(iter(need.choices)).value
        else:
            given[need.name] = {
                Input.DEPARTMENT: ROADS,
                Input.OFFICER: "3",
                Input.NUMBER: "3",
            }.get(need.input, "说明")
    return {**given, **more}


def path_to(state: State) -> list[MoveRule]:
    """Find the shortest way of moves from a filing to the state, breadth first over `MOVES`."""
    seen, queue = {State.FILED}, deque([(State.FILED, list[MoveRule]())])
    while queue:
        here, path = queue.popleft()
        if here is state:
            return path
        for move in MOVES:
            if here in move.start and move.to and move.to not in seen:
                seen.add(move.to)
                queue.append((move.to, [*path, move]))
    raise AssertionError(f"no way to {state}")


def played(act: Act, appeal: Appeal, action: Action, **given: str) -> Appeal:
    """Make one move as the first of the cast who may."""
    move = next(each for each in MOVES if each.action is action)
    make_move(act.by(actor_for(move)), appeal, action, given_for(move, **given))
    return appeal


def actor_for(move: MoveRule) -> Actor:
    """Give the one of the cast who makes the move; what the citizen may do she does herself."""
    if Role.CITIZEN in move.by:
        return STRANGER
    if not move.by:
        return SYSTEM
    return next((CAST[role] for role in CAST if role in move.by), STRANGER)


def appeal_in(act: Act, state: State, hours: int = 1, **facts: object) -> Appeal:
    """Give an appeal in the state, one move each `hours` from the act's now on."""
    appeal = file_appeal(act, **facts).appeal
    for step, move in enumerate(path_to(state), start=1):
        played(act.later(timedelta(hours=hours * step)), appeal, move.action)
    return appeal


def needs_are_known() -> bool:
    """Tell whether every need of every move is in the table."""
    return all(name in NEEDS for move in MOVES for name in move.needs)


def later(act: Act, hours: float = 1) -> Act:
    """Give the act some hours later."""
    return act.later(timedelta(hours=hours))


def moment(act: Act, hours: float) -> datetime:
    """Give the moment some hours after the act."""
    return act.now + timedelta(hours=hours)


assert Role.CITIZEN not in CAST


def record_erasure(act: Act, appeal: Appeal) -> None:
    """Record an erasure as the product does, beside words that a test empties itself."""
    row = RecordedErasure(appeal.id, act.now, ErasedBy.OPERATOR, None)
    act.session.add(Erasure(**asdict(row), mac=erasure_mac(act, row)))
