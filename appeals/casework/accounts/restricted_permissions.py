"""The permission to see restricted appeals: asked by one supervisor, confirmed by another, ended.

Where no other supervisor is there, an administrator confirms (Rules 3). To end it takes one.
"""

import sqlalchemy as sa
import structlog

from appeals.access import has_permission
from appeals.act import Act
from appeals.casework.accounts import staff_requests
from appeals.casework.accounts.staff_requests import NewRequest
from appeals.casework.changes import Written
from appeals.casework.staff_notices import StaffNews, say_moment, tell_staff
from appeals.domain.people import Role
from appeals.domain.refusals import Refused, RefusedKind, not_allowed, not_now, not_valid
from appeals.domain.staff_requests import RequestKind
from appeals.domain.text.cleaning import clean_line
from appeals.domain.vocabulary import NoticeKind
from appeals.models.staff import RestrictedPermission, StaffMember, StaffRequest

log = structlog.get_logger()
WHAT = ("限制件查看权限", "permission to see restricted appeals")
ENDED = ("限制件查看权限已终止", "permission to see restricted appeals has ended")
PATH = "/centre/permissions"
"""Where supervisors decide; an administrator who stands in for one has a page of requests."""


def ask_permission(act: Act, staff_id: int, why: str) -> StaffRequest:
    """Ask that a member of staff may see restricted appeals; another person confirms it.

    Raises Refused as `staff_requests.ask_request` does, not valid for who is not in service, and
    not now for who has the permission.
    """
    person = act.session.get(StaffMember, staff_id)
    if person is None or person.disabled_at is not None:
        raise not_valid("staff", "请选择在用的工作人员账号。", "Choose somebody in service.")
    _refuse_holder(act, person)
    new = NewRequest(RequestKind.RESTRICTED, person.username, {}, why, person.id)
    request = staff_requests.ask_request(act, new)
    tell_staff(act, [person], _news(act, request, "asked"))
    deciders = staff_requests.find_deciders(act, request.kind, request.asked_by, person.id)
    for stands_in in (False, True):
        people = [each for each in deciders if (each.role is Role.ADMINISTRATOR) is stands_in]
        path = f"/admin/requests/{request.id}" if stands_in else PATH
        tell_staff(act, people, _waits(act, request, path))
    return request


def grant_permission(act: Act, request: StaffRequest) -> Written:
    """Give the permission that a granted request asks for, and tell the person and the asker.

    Raises Refused (not now) for who is no longer in service, or has it by now.
    """
    person = act.session.get_one(StaffMember, request.staff_id)
    if person.disabled_at is not None:
        raise not_now("这个账号已停用。", "This account is disabled by now.")
    _refuse_holder(act, person)
    row = RestrictedPermission(staff_id=person.id, request_id=request.id, since=act.now)
    act.session.add(row)
    act.session.flush()  # the log names its id
    log.info("restricted_permission_given", permission_id=row.id, to=person.id)
    asker = act.session.get_one(StaffMember, request.asked_by)
    tell_staff(act, [person, asker], _news(act, request, "granted"))
    return Written(person.username)


def tell_refused(act: Act, request: StaffRequest) -> None:
    """Tell the person and who asked that the permission was refused."""
    people = [act.session.get_one(StaffMember, id_) for id_ in (request.staff_id, request.asked_by)]
    tell_staff(act, people, _news(act, request, "refused"))


def end_permission(act: Act, permission_id: int, why: str) -> None:
    """End a permission at once, and tell the person.

    Raises Refused: not allowed for anybody but a supervisor; not found; not valid without a
    reason; not now for one that has ended.
    """
    if act.actor.role is not Role.SUPERVISOR or act.actor.staff_id is None:
        raise not_allowed()
    row = act.session.get(
        RestrictedPermission, permission_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise Refused(RefusedKind.NOT_FOUND, "没有这项权限。", "There is no such permission.")
    if row.ended_at is not None:
        raise not_now("这项权限已经终止。", "This permission has ended already.")
    if not (why := clean_line(why)):
        raise not_valid("why", "请说明理由。", "Say why.")
    row.ended_by, row.ended_at, row.why_ended = act.actor.staff_id, act.now, why
    act.session.flush()
    log.info("restricted_permission_ended", permission_id=row.id, to=row.staff_id)
    person = act.session.get_one(StaffMember, row.staff_id)
    news = StaffNews(
        NoticeKind.ACCOUNT_CHANGED,
        f"permission.{row.id}.ended",
        words={"person": _called(person), "what": ENDED, "why": _plain(why), "by": act.actor.name},
    )
    tell_staff(act, [person], news)


def _refuse_holder(act: Act, person: StaffMember) -> None:
    if act.session.scalar(sa.select(has_permission(sa.literal(person.id)))):
        raise not_now(
            f"{person.name}已有限制件查看权限。",
            f"{person.name} may see restricted appeals already.",
        )


def _news(act: Act, request: StaffRequest, wording: str) -> StaffNews:
    cause = f"request.{request.id}.{wording}"
    return StaffNews(NoticeKind.ACCOUNT_CHANGED, cause, wording, words=_words(act, request))


def _waits(act: Act, request: StaffRequest, path: str) -> StaffNews:
    words = {**_words(act, request), "until": say_moment(request.expires_at)}
    return StaffNews(
        NoticeKind.REQUEST_WAITS, f"request.{request.id}.asked", path=path, words=words
    )


def _words(act: Act, request: StaffRequest) -> dict[str, str | tuple[str, str]]:
    person = act.session.get_one(StaffMember, request.staff_id)
    asker = act.session.get_one(StaffMember, request.asked_by)
    decider = act.session.get(StaffMember, request.decided_by) if request.decided_by else None
    return {
        "person": _called(person),
        "what": WHAT,
        "why": _plain(request.reason),
        "by": asker.name,
        "decider": decider.name if decider else "",
        "answer": request.answer or "",
    }


def _called(person: StaffMember) -> str:
    return f"{person.name} {person.username}"


def _plain(why: str) -> str:
    """Give a reason without its full stop, for the sentence it stands in has one."""
    return why.strip().rstrip("。.")
