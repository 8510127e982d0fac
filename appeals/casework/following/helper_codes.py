"""The code that a citizen gives another person for one appeal: a carer, a neighbour (Rules 3).

With number and code her helper reads the appeal, adds, answers a question and urges: the moves that
`domain/lifecycle.py: MOVES` gives the role `HELPER`. An appeal has one such code at a time. It ends
when the citizen ends it or gives another, with a new query code, and with an erasure.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from appeals.act import Act
from appeals.cases.access import helper_code_in_force, lock_case, visible_to
from appeals.casework.erasure.erasure import refuse_erased
from appeals.casework.handling.citizen_sessions import open_appeal_by_code
from appeals.domain import numbers
from appeals.domain.derived_keys import KeyPurpose, derive_key
from appeals.domain.messages import message
from appeals.domain.people import Actor, Role
from appeals.domain.refusals import not_allowed, not_now, not_valid
from appeals.domain.rule_book import RuleChange
from appeals.domain.states import Action
from appeals.domain.text.cleaning import clean_line, count_characters
from appeals.models.appeal import Appeal, Move
from appeals.models.citizen import HelperCode, HelperVisit, OpenedAppeal
from appeals.reference.reference_data import load_reference

MAX_NAME_CHARACTERS = 20
VISIT_INTERVAL = timedelta(minutes=10)
"""A helper's looks at the appeal are recorded at most once in this time."""
MAX_USES_SHOWN = 50
KEY_BYTES = 32
OPENED = aliased(OpenedAppeal)
"""The row by which a session opened; the conditions on `Appeal` look at others."""


@dataclass(frozen=True)
class Helper:
    """Somebody who opened an appeal with the code that its citizen gave her."""

    actor: Actor
    code_id: int


@dataclass(frozen=True)
class HelperUse:
    """One use of a code: when, by whom in the citizen's words, and the move; None for a look."""

    at: datetime
    name: str
    action: Action | None


@dataclass(frozen=True)
class HelperOverview:
    """What a citizen sees of her helper: the code in force, and its uses, the newest first.

    `names` has her word for the helper who made a move, by the move's number.
    """

    current: HelperCode | None
    uses: Sequence[HelperUse]
    names: dict[int, str]


def give_code(act: Act, appeal: Appeal, name: str) -> str:
    """Give a helper a code and return it in plain text, only this once; an earlier one ends.

    `name` is the citizen's word for her, or empty. Raises Refused: not found if the appeal closed
    to the actor; not allowed for anybody but the citizen; not valid for a long name; not now during
    an upgrade or after an erasure.
    """
    name = clean_line(name)
    if count_characters(name) > MAX_NAME_CHARACTERS:
        told = message("At most %(max)s characters.", max=MAX_NAME_CHARACTERS)
        raise not_valid("name", told)
    if not _is_begun(act):
        raise not_now(message("The system is being upgraded. Please try again in half an hour."))
    _lock_own_case(act, appeal)
    refuse_erased(act, appeal.id)
    _end_codes(act, appeal)
    code = numbers.derive_code(act.secret, secrets.token_urlsafe(KEY_BYTES))
    act.session.add(
        HelperCode(
            appeal_id=appeal.id,
            name=name,
            code_hash=_hash_code(act, appeal.number, code),
            code_generation=appeal.code_generation,
            given_at=act.now,
        )
    )
    return code


def end_code(act: Act, appeal: Appeal) -> None:
    """End the helper's code; one that has ended stays so.

    Raises Refused: not found if the appeal closed to the actor; not allowed for anybody but the
    citizen.
    """
    _lock_own_case(act, appeal)
    _end_codes(act, appeal)


def match_code(act: Act, number: str, code: str) -> int | None:
    """Return the id of the helper's code of `number` that `code` is, in constant time."""
    number, code = numbers.normalise_number(number), numbers.normalise_code(code)
    found = act.session.execute(
        sa.select(HelperCode.id, HelperCode.code_hash)
        .join(Appeal, helper_code_in_force())
        .where(Appeal.number == number)
    ).one_or_none()
    offered = _hash_code(act, number, code)
    stored: bytes = found.code_hash if found else bytes(len(offered))
    is_right = hmac.compare_digest(stored, offered)
    return found.id if found and is_right else None


def open_as_helper(act: Act, number: str, code_id: int) -> bool:
    """Let the actor's session open an appeal by a helper's code that was checked.

    Returns False where the session or device opens it as the citizen's own already: nothing
    changes then, or a citizen who tries the code would lose her own page.
    """
    own = sa.select(Appeal.id).where(Appeal.number == number, visible_to(act.actor))
    if act.session.scalar(own) is not None:
        return False
    open_appeal_by_code(act, number, code_id)
    return True


def find_helper(act: Act, number: str) -> Helper | None:
    """Return the helper, if the citizen's session opens the appeal by a helper's code alone."""
    citizen = act.actor
    if citizen.role is not Role.CITIZEN or not citizen.session:
        return None
    actor = replace(citizen, role=Role.HELPER, device=b"", seen_at=None)
    code_id = act.session.scalar(
        sa.select(OPENED.helper_code_id)
        .join(Appeal, Appeal.id == OPENED.appeal_id)
        .where(
            OPENED.session_hash == citizen.session,
            Appeal.number == numbers.normalise_number(number),
            visible_to(actor),
            ~visible_to(citizen),
        )
    )
    return Helper(actor, code_id) if code_id is not None else None


def record_visit(act: Act, code_id: int) -> None:
    """Record that a helper looked at the appeal, once in `VISIT_INTERVAL`."""
    recent = sa.exists().where(
        HelperVisit.code_id == code_id, HelperVisit.at > act.now - VISIT_INTERVAL
    )
    visit = sa.select(HelperCode.id, sa.literal(act.now)).where(HelperCode.id == code_id, ~recent)
    act.session.execute(sa.insert(HelperVisit).from_select(["code_id", "at"], visit))


def load_overview(act: Act, appeal: Appeal, moves: Iterable[Move]) -> HelperOverview | None:
    """Return what the citizen sees of her helper; None for others, and where none can be given."""
    if act.actor.role is not Role.CITIZEN or not _is_begun(act):
        return None
    codes = act.session.scalars(
        sa.select(HelperCode)
        .where(HelperCode.appeal_id == appeal.id)
        .order_by(HelperCode.given_at, HelperCode.id)
    ).all()
    name_of = {each.id: each.name for each in codes}
    visits = act.session.execute(
        sa.select(HelperVisit.code_id, HelperVisit.at)
        .where(HelperVisit.code_id.in_(name_of))
        .order_by(HelperVisit.at.desc())
        .limit(MAX_USES_SHOWN)
    )
    made = [move for move in moves if move.actor_role is Role.HELPER]
    names = {move.seq: _name_at(codes, move.at) for move in made}
    uses = [HelperUse(at, name_of[code_id], None) for code_id, at in visits]
    uses += [HelperUse(move.at, names[move.seq], move.action) for move in made]
    uses.sort(key=lambda use: (use.at, use.action is not None), reverse=True)
    return HelperOverview(
        next(filter(_in_force(appeal), codes), None), uses[:MAX_USES_SHOWN], names
    )


def _is_begun(act: Act) -> bool:
    return load_reference(act).book.holds(RuleChange.HELPER_CODES, act.now)


def _lock_own_case(act: Act, appeal: Appeal) -> None:
    """Lock the appeal for its citizen. Raises Refused for others, and if it closed to her."""
    if act.actor.role is not Role.CITIZEN:
        raise not_allowed()
    lock_case(act, appeal)


def _end_codes(act: Act, appeal: Appeal) -> None:
    running = sa.update(HelperCode).where(
        HelperCode.appeal_id == appeal.id, HelperCode.ended_at.is_(None)
    )
    act.session.execute(running.values(ended_at=act.now))


def _in_force(appeal: Appeal) -> Callable[[HelperCode], bool]:
    """Return what tells a code in force, as `cases/access.py: helper_code_in_force` does in SQL."""

    def is_in_force(code: HelperCode) -> bool:
        return code.ended_at is None and code.code_generation == appeal.code_generation

    return is_in_force


def _name_at(codes: Sequence[HelperCode], at: datetime) -> str:
    """Return the citizen's word for the helper who had a code at a time; "" if there was none."""
    given = [code for code in codes if code.given_at <= at]
    return given[-1].name if given else ""


def _hash_code(act: Act, number: str, code: str) -> bytes:
    return numbers.hash_code(derive_key(act.secret, KeyPurpose.HELPER_CODE), number, code)
