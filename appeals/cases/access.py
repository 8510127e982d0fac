"""Access control: which appeals an actor may see, as one SQL condition.

Deny by default: a role without a row in `VISIBLE_BY_ROLE` sees nothing, and staff see a restricted
appeal only with the permission, whatever they filed, held or assisted with (Rules 3). Pages are
guarded by audience and moves by `by=` in `MOVES`; access to appeals is decided only here.
"""

import hmac
from collections.abc import Callable
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from appeals.act import Act
from appeals.domain.numbers import hash_code, normalise_code, normalise_number
from appeals.domain.people import CENTRE, DEPARTMENT, STAFF, Actor, Role
from appeals.domain.refusals import not_found
from appeals.models.appeal import Appeal
from appeals.models.citizen import DeviceAppeal, HelperCode, OpenedAppeal
from appeals.models.staff import RestrictedPermission

Condition = sa.ColumnElement[bool]
HIDDEN = aliased(Appeal)
"""The appeal that `not_restricted_for` looks up; the statement around it may have `Appeal` too."""
OPENED_BY_HELPER = -2
"""The `code_generation` of a row of `OpenedAppeal` that a helper's code opened."""


def _own_appeals(actor: Actor) -> Condition:
    return sa.or_(_opened_in_session(actor), _listed_on_device(actor))


def _opened_in_session(actor: Actor) -> Condition:
    if not actor.session or actor.opened_since is None:
        return sa.false()
    return sa.exists().where(
        OpenedAppeal.session_hash == actor.session,
        OpenedAppeal.appeal_id == Appeal.id,
        OpenedAppeal.code_generation == Appeal.code_generation,
        OpenedAppeal.opened_at > actor.opened_since,
    )


def _listed_on_device(actor: Actor) -> Condition:
    if not actor.device or actor.seen_at is None:
        return sa.false()
    return sa.and_(
        opens_without_code(),
        sa.exists().where(
            DeviceAppeal.device_hash == actor.device,
            DeviceAppeal.appeal_id == Appeal.id,
            DeviceAppeal.code_generation == Appeal.code_generation,
            DeviceAppeal.until_at > actor.seen_at,
        ),
    )


def _opened_with_helper_code(actor: Actor) -> Condition:
    if not actor.session or actor.opened_since is None:
        return sa.false()
    return sa.exists().where(
        OpenedAppeal.session_hash == actor.session,
        OpenedAppeal.appeal_id == Appeal.id,
        OpenedAppeal.code_generation == OPENED_BY_HELPER,
        OpenedAppeal.opened_at > actor.opened_since,
        OpenedAppeal.helper_code_id == HelperCode.id,
        helper_code_in_force(),
    )


def helper_code_in_force() -> Condition:
    """Return the condition that a row of `HelperCode` opens `Appeal`.

    The citizen has not ended it, and her query code is still the one that it was given under: a new
    one is issued when the old came into wrong hands.
    """
    return sa.and_(
        HelperCode.appeal_id == Appeal.id,
        HelperCode.ended_at.is_(None),
        HelperCode.code_generation == Appeal.code_generation,
    )


def opens_without_code() -> Condition:
    """Return the condition on `Appeal` that a device or a telephone may open it (Rules 3).

    A confidential appeal always needs its query code, and so does a restricted one.
    """
    return sa.and_(Appeal.confidential.is_(sa.false()), Appeal.restricted.is_(sa.false()))


def _held_by_department(actor: Actor) -> Condition:
    return Appeal.holder == actor.department


def _every_appeal(actor: Actor) -> Condition:
    del actor
    return sa.true()


def _no_appeal(actor: Actor) -> Condition:
    del actor
    return sa.false()


VISIBLE_BY_ROLE: dict[Role, Callable[[Actor], Condition]] = {
    Role.CITIZEN: _own_appeals,
    Role.HELPER: _opened_with_helper_code,
    Role.OPERATOR: _every_appeal,
    Role.DISPATCHER: _every_appeal,
    Role.OFFICER: _held_by_department,
    Role.LEADER: _held_by_department,
    Role.SUPERVISOR: _every_appeal,
    Role.ADMINISTRATOR: _every_appeal,
    Role.SYSTEM: _every_appeal,
}


class GuardedAppeal(Protocol):
    """The fields of an appeal that decide who may read its text."""

    @property
    def confidential(self) -> bool:
        """Whether the department may not see the contact."""

    @property
    def restricted(self) -> bool:
        """Whether only staff with the permission may see the appeal."""


def visible_to(actor: Actor) -> Condition:
    """Return the condition on `Appeal` for the appeals that `actor` may see."""
    seen = VISIBLE_BY_ROLE.get(actor.role, _no_appeal)(actor)
    if not sees_restricted(actor):
        seen = sa.and_(seen, Appeal.restricted.is_(sa.false()))
    return seen


def shown_on_wall_to(actor: Actor) -> Condition:
    """Return the condition on `Appeal` for the appeals that the wall counts for `actor`.

    A wall display counts what a reader without the permission does, and opens none of them.
    """
    return Appeal.restricted.is_(sa.false()) if actor.is_display else visible_to(actor)


def sees_restricted(actor: Actor) -> bool:
    """Return whether `actor` may see restricted appeals.

    Citizens and their helpers may see their own, the system sees all; staff need the permission. A
    wall display sees none.
    """
    if actor.is_display:
        return False
    return actor.role not in STAFF or actor.may_see_restricted


def sees_every_appeal(actor: Actor) -> bool:
    """Return whether `actor` may see all appeals, apart from restricted ones."""
    return VISIBLE_BY_ROLE.get(actor.role) is _every_appeal


def not_restricted_for(
    actor: Actor, appeal_id: sa.SQLColumnExpression[int] | sa.SQLColumnExpression[int | None]
) -> Condition:
    """Return the condition that an appeal's id is not of a restricted appeal hidden from `actor`.

    It lets counts over rows below an appeal do without a join to `Appeal`.
    """
    if sees_restricted(actor):
        return sa.true()
    return ~sa.exists().where(HIDDEN.id == appeal_id, HIDDEN.restricted)


def has_restricted_permission(
    staff_id: sa.ColumnElement[int] | InstrumentedAttribute[int],
) -> Condition:
    """Return the condition that a member of staff has the permission for restricted appeals."""
    return sa.exists().where(
        RestrictedPermission.staff_id == staff_id, RestrictedPermission.ended_at.is_(None)
    )


def may_read_words(actor: Actor, appeal: GuardedAppeal) -> bool:
    """Return whether `actor` may read the texts of an appeal that they may open.

    Administrators may not read those of confidential or restricted appeals, whatever permission
    they have.
    """
    return actor.role is not Role.ADMINISTRATOR or not (appeal.confidential or appeal.restricted)


def words_readable_by(actor: Actor) -> Condition:
    """Return the condition on `Appeal` for those whose texts `actor` may read, as SQL."""
    if actor.role is not Role.ADMINISTRATOR:
        return sa.true()
    return sa.and_(Appeal.confidential.is_(sa.false()), Appeal.restricted.is_(sa.false()))


def contact_visible_to(actor: Actor) -> Condition:
    """Return the condition on visible appeals for those whose contact `actor` may see, as SQL."""
    if actor.role in CENTRE:
        return sa.true()
    if actor.role in DEPARTMENT:
        return sa.and_(Appeal.holder == actor.department, Appeal.confidential.is_(sa.false()))
    return sa.false()


def may_see_contact(actor: Actor, appeal: Appeal) -> bool:
    """Return whether `actor` may see the citizen's contact.

    The centre may; the department that holds the appeal may unless it is confidential.
    """
    holds = actor.role in DEPARTMENT and actor.department == appeal.holder
    return actor.role in CENTRE or (holds and not appeal.confidential)


def open_case(act: Act, number: str) -> Appeal:
    """Return the appeal with that number, if the actor may see it.

    Raises the same Refused (not found) for a number that does not exist and one that is not theirs.
    """
    appeal = act.session.scalar(
        sa.select(Appeal).where(Appeal.number == normalise_number(number), visible_to(act.actor))
    )
    if appeal is None:
        raise not_found()
    return appeal


def lock_case(act: Act, appeal: Appeal) -> None:
    """Lock an appeal that was opened, and refuse (not found) one that closed to the actor since."""
    act.session.refresh(appeal, with_for_update=True)
    open_case(act, appeal.number)


def knows_code(act: Act, number: str, code: str) -> bool:
    """Return whether `code` is the query code of `number`, in constant time.

    The code of a helper is not: nobody is recognised as the citizen by it.
    """
    number, code = normalise_number(number), normalise_code(code)
    stored = act.session.scalar(sa.select(Appeal.code_hash).where(Appeal.number == number))
    offered = hash_code(act.secret, number, code)
    return hmac.compare_digest(stored or bytes(len(offered)), offered)
