"""What tests of restricted appeals share: the category, the permission, an appeal."""

from dataclasses import replace

from appeals.act import Act
from appeals.domain.people import Actor
from appeals.domain.staff_requests import REQUEST_LIFETIME, RequestKind, RequestOutcome
from appeals.domain.states import State
from appeals.models.appeal import Appeal
from appeals.models.organisation import Category
from appeals.models.staff import RestrictedPermission, StaffRequest
from appeals.reference.reference_data import load_reference, mark_reference_changed
from tests.cast import DISPATCHER, SUN, SUPERVISOR, WATER
from tests.factories import appeal_in

CONDUCT = "conduct"


def add_conduct(act: Act) -> None:
    """Add the restricted category to the small city."""
    act.session.add(
        Category(code=CONDUCT, zh="政务作风", en="Conduct of officials", restricted=True)
    )
    mark_reference_changed(act.session, load_reference(act).book.calendar.version)
    act.session.flush()


def permitted(act: Act, person: Actor) -> Actor:
    """Give the person the permission, as if two others had agreed; return the actor who has it."""
    others = [who for who in (SUPERVISOR, SUN, DISPATCHER) if who.staff_id != person.staff_id]
    asker, decider = others[:2]
    request = StaffRequest(
        kind=RequestKind.RESTRICTED,
        subject=f"{person.role.value}{person.staff_id}",
        staff_id=person.staff_id,
        wanted={},
        reason="政务作风专班",
        asked_by=asker.staff_id,
        asked_at=act.now,
        expires_at=act.now + REQUEST_LIFETIME,
        outcome=RequestOutcome.GRANTED,
        decided_by=decider.staff_id,
        decided_at=act.now,
    )
    act.session.add(request)
    act.session.flush()
    given = RestrictedPermission(staff_id=person.staff_id, request_id=request.id, since=act.now)
    act.session.add(given)
    act.session.flush()
    return replace(person, may_see_restricted=True)


def restricted_in(act: Act, state: State, hours: int = 1, **facts: object) -> Appeal:
    """Give an appeal about the conduct of the water department, in the state."""
    usual = {"category": CONDUCT, "complained_department": WATER}
    return appeal_in(act, state, hours, **{**usual, **facts})
