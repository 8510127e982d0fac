"""The permission to see restricted appeals: requested by one supervisor, confirmed by another.

Where there is no other supervisor, an administrator confirms (Rules 3). Ending it takes one person.
"""

import sqlalchemy as sa
import structlog

from appeals.act import Act
from appeals.cases.access import has_restricted_permission
from appeals.casework.accounts import account_notices, staff_requests
from appeals.casework.accounts.staff_notices import StaffNotice, notify_staff, without_full_stop
from appeals.casework.accounts.staff_requests import NewRequest
from appeals.casework.records.change_log import WrittenRow
from appeals.domain.messages import context_message, message
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, RefusedKind, not_allowed, not_now, not_valid
from appeals.domain.staff_requests import RequestKind
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import NoticeKind
from appeals.models.staff import RestrictedPermission, StaffMember, StaffRequest

log = structlog.get_logger()
PERMISSION_NAME = message("permission to see restricted appeals")
PERMISSION_ENDED = message("permission to see restricted appeals has ended")


def ask_permission(act: Act, staff_id: int, why: str) -> StaffRequest:
    """Request that a member of staff may see restricted appeals; another person confirms.

    Raises Refused as `staff_requests.ask_request` does, not valid for who is not in service, and
    not now for who has the permission.
    """
    person = act.session.get(StaffMember, staff_id)
    if person is None or person.disabled_at is not None:
        raise not_valid("staff", message("Choose somebody in service."))
    _refuse_holder(act, person)
    new = NewRequest(RequestKind.RESTRICTED, person.username, {}, why, person.id)
    request = staff_requests.ask_request(act, new)
    notify_of_permission(act, request)
    return request


def grant_permission(act: Act, request: StaffRequest) -> WrittenRow:
    """Add the permission of a granted request, and notify the person and the asker.

    Raises Refused (not now) for who is no longer in service, or has it by now.
    """
    person = act.session.get_one(StaffMember, request.staff_id)
    if person.disabled_at is not None:
        raise not_now(message("This account is disabled by now."))
    _refuse_holder(act, person)
    row = RestrictedPermission(staff_id=person.id, request_id=request.id, since=act.now)
    act.session.add(row)
    act.session.flush()  # the log names its id
    log.info("restricted_permission_given", permission_id=row.id, to=person.id)
    notify_of_permission(act, request)
    return WrittenRow(person.username)


def notify_of_permission(act: Act, request: StaffRequest) -> None:
    """Notify the person, and the deciders or the asker, of the state of a permission request."""
    person = act.session.get_one(StaffMember, request.staff_id)
    account_notices.notify_of_request(act, request, _describe_person(person), PERMISSION_NAME)


def end_permission(act: Act, permission_id: int, why: str) -> None:
    """End a permission at once, and notify the person.

    Raises Refused: not allowed for anybody but a supervisor; not found; not valid without a
    reason; not now for one that has ended.
    """
    if act.actor.role is not Role.SUPERVISOR or act.actor.staff_id is None:
        raise not_allowed()
    row = act.session.get(
        RestrictedPermission, permission_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise Refused(RefusedKind.NOT_FOUND, message("There is no such permission."))
    if row.ended_at is not None:
        raise not_now(message("This permission has ended already."))
    if not (why := clean_line(why)):
        raise not_valid("why", context_message("refusal", "Say why."))
    row.ended_by, row.ended_at, row.why_ended = act.actor.staff_id, act.now, why
    act.session.flush()
    log.info("restricted_permission_ended", permission_id=row.id, to=row.staff_id)
    person = act.session.get_one(StaffMember, row.staff_id)
    news = StaffNotice(
        NoticeKind.ACCOUNT_CHANGED,
        f"permission.{row.id}.ended",
        words={
            "person": _describe_person(person),
            "what": PERMISSION_ENDED,
            "why": without_full_stop(why),
            "by": act.actor.name,
        },
    )
    notify_staff(act, [person], news)


def _refuse_holder(act: Act, person: StaffMember) -> None:
    if act.session.scalar(sa.select(has_restricted_permission(sa.literal(person.id)))):
        raise not_now(message("%(person)s may see restricted appeals already.", person=person.name))


def _describe_person(person: StaffMember) -> str:
    return f"{person.name} {person.username}"
